// Importing a file: upload, map, see how far it came, and what was rejected.
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ImportProgress, ImportRow } from "@/api/collect";
import { useResources } from "@/api/resources";
import { ACCEPTED, readRows, shown, type Rows } from "@/features/imports/file";
import { NewMapping } from "@/features/imports/new-mapping";
import { Rejects } from "@/features/imports/rejects";
import { upload } from "@/features/imports/upload";
import { Button } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { count, plural } from "@/ui/format";
import { Page } from "@/ui/page";
import { Failure, Frame, Nothing } from "@/ui/panel";
import { Table } from "@/ui/table";

interface Chosen extends Rows {
  name: string;
  text: string;
}

function Preview({ columns, rows }: Rows) {
  if (rows.length === 0) return <Nothing>The file has a header at most, and no rows.</Nothing>;
  return (
    <Table<ImportRow>
      caption="The first rows of the file"
      rows={rows.slice(0, 5)}
      id={({ line }) => `${line}`}
      columns={columns.map((head) => ({ head, cell: (row) => shown(row, head) }))}
      foot={`${plural(rows.length, "row")} in all`}
    />
  );
}

function Send({ file, mapping }: { file: Chosen; mapping: string }) {
  const queries = useQueryClient();
  const [progress, setProgress] = useState<ImportProgress | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const start = () => {
    setError(null);
    setBusy(true);
    upload(mapping, file.text, file.rows, setProgress)
      .then(() => queries.invalidateQueries())
      .catch((why: unknown) => setError(why instanceof Error ? why : new Error(String(why))))
      .finally(() => setBusy(false));
  };
  return (
    <div className="flex flex-col items-start gap-3">
      <Button look="main" onClick={start} disabled={busy || file.rows.length === 0}>
        {busy ? "Importing …" : `Import ${plural(file.rows.length, "row")}`}
      </Button>
      {error && <Failure error={error} again={start} />}
      {progress && (
        <p role="status">
          <progress className="mr-2 align-middle" max={file.rows.at(-1)?.line ?? 1} value={progress.line} aria-label="How far the import has come" />
          Line {count(progress.line)}: {count(progress.accepted)} accepted, {count(progress.rejected)} rejected, {count(progress.records)} records
          {progress.done && ". Done."}
        </p>
      )}
    </div>
  );
}

export function ImportsPage() {
  const mappings = useResources("Mapping").data?.resources ?? [];
  const [file, setFile] = useState<Chosen | null>(null);
  const [mapping, setMapping] = useState("");
  const choose = async (chosen: File | undefined) => {
    if (!chosen) return;
    const text = await chosen.text();
    setFile({ name: chosen.name, text, ...readRows(chosen.name, text) });
  };
  return (
    <Page title="Imports" lead={<>CSV with a header line, or JSON lines. Each row counts once, however often the file is imported. For Parquet, and files too large for a browser, use <code>gyre import</code>.</>}>
      <Frame title="1. Choose a file">
        <div className="flex flex-col gap-4">
          <TextField label="CSV or JSON lines" type="file" accept={ACCEPTED} onChange={(event) => void choose(event.target.files?.[0])} />
          {file && <Preview {...file} />}
        </div>
      </Frame>
      {file && file.columns.length > 0 && (
        <Frame title="2. Say what its rows are">
          <div className="flex flex-col gap-4">
            <SelectField label="Mapping" value={mapping} onChange={(event) => setMapping(event.target.value)}>
              <option value="">a new one</option>
              {mappings.map(({ name }) => <option key={name}>{name}</option>)}
            </SelectField>
            {mapping === "" && <NewMapping key={file.name} file={file.name} format={file.format} columns={file.columns} onDone={setMapping} />}
          </div>
        </Frame>
      )}
      {file && mapping !== "" && (
        <Frame title="3. Import it" note={<>under the mapping {mapping}; people then appear under <Link className="underline" to="/people">People</Link></>}>
          <Send key={`${file.name} ${mapping}`} file={file} mapping={mapping} />
        </Frame>
      )}
      <Rejects mapping={mapping} />
    </Page>
  );
}
