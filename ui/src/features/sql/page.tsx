// The SQL console: questions to the lake, saved ones, and their rows as a table or a file.
import { getRouteApi } from "@tanstack/react-router";
import { useState, type KeyboardEvent } from "react";
import { asCsv, useAsk } from "@/api/lake";
import { GATES, isGate, type Gate } from "@/features/sql/gate";
import { holes, readParameters } from "@/features/sql/parameters";
import { Result } from "@/features/sql/result";
import { Saved } from "@/features/sql/saved";
import { Button } from "@/ui/button";
import { CodeField, SelectField, TextField } from "@/ui/field";
import { Page } from "@/ui/page";
import { Failure, Frame } from "@/ui/panel";
import { save } from "@/ui/save";

const route = getRouteApi("/app/sql");
const TABLES = ["events", "identities", "consents", "enrollments", "decisions", "deliveries", "responses", "turns", "proposals", "orchestration", "dead_letters"];
const BEGIN = "select name, count(*) as events\nfrom events\ngroup by name\norder by events desc\nlimit 20";

function Console({ begun, given, gate }: { begun: string; given: string; gate: Gate | undefined }) {
  const navigate = route.useNavigate();
  const ask = useAsk();
  const [sql, setSql] = useState(begun);
  const [parameters, setParameters] = useState(given);
  const [failed, setFailed] = useState<Error | null>(null);
  const needed = holes(sql);
  const question = () => ({ sql, parameters: readParameters(parameters), ...(gate && { gate }) });
  const attempt = (work: () => void) => {
    setFailed(null);
    try {
      work();
    } catch (why) {
      setFailed(why instanceof Error ? why : new Error(String(why)));
    }
  };
  const run = () =>
    attempt(() => {
      void navigate({ search: (before) => ({ ...before, sql, parameters: parameters || undefined }), replace: true });
      ask.mutate({ ...question(), max_rows: 1000 });
    });
  const toFile = () => attempt(() => void asCsv({ ...question(), max_rows: 1_000_000 }).then((rows) => save("rows.csv", rows), setFailed));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  };
  const open = (next: string) => {
    setSql(next);
    setParameters("");
    ask.reset();
  };
  const error = failed ?? ask.error;
  return (
    <>
      <Frame title="Question" note={<>Tables, to look into: {TABLES.map((table) => <button key={table} type="button" className="mr-2 inline-block py-1 font-mono text-accent underline" onClick={() => open(`select * from ${table} limit 20`)}>{table}</button>)}</>}>
        <div className="flex flex-col gap-3">
          <CodeField label="SQL" hidden rows={Math.min(18, sql.split("\n").length + 2)} value={sql} onChange={(event) => setSql(event.target.value)} onKeyDown={onKeyDown} aria-keyshortcuts="Control+Enter Meta+Enter" />
          {needed > 0 && (
            <TextField
              label={`Parameters for $1 to $${needed}`}
              hint={'A list in JSON; a time is written {"time": "2026-03-01T09:00:00Z"}.'}
              className="font-mono"
              value={parameters}
              onChange={(event) => setParameters(event.target.value)}
            />
          )}
          <SelectField
            label="The rows are for"
            hint="For others, people who do not agree are left out; each row needs a person."
            value={gate ?? ""}
            onChange={({ target }) => void navigate({ search: (before) => ({ ...before, gate: isGate(target.value) ? target.value : undefined }), replace: true })}
          >
            {Object.entries(GATES).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
          </SelectField>
          <div className="flex flex-wrap gap-2">
            <Button look="main" onClick={run} disabled={ask.isPending || sql.trim() === ""}>
              {ask.isPending ? "Asking …" : "Run"}
            </Button>
            <Button onClick={toFile} disabled={sql.trim() === ""}>Save as CSV</Button>
          </div>
          {error && <Failure error={error} />}
        </div>
      </Frame>
      {ask.data && <Result rows={ask.data} />}
      <Saved sql={sql} onOpen={open} />
    </>
  );
}

export function SqlPage() {
  const { sql = BEGIN, parameters = "", gate } = route.useSearch();
  return (
    <Page title="SQL console" lead="Asks the lake in SQL. Nothing can be changed from here. Ctrl+Enter runs it.">
      <Console begun={sql} given={parameters} gate={isGate(gate) ? gate : undefined} />
    </Page>
  );
}
