// A rule tried on everybody: how many it holds for, how they are reached, whom they share with others.
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useAudiencePreview, type AudiencePreview } from "@/api/audiences";
import { useMay } from "@/api/session";
import { Button } from "@/ui/button";
import { Editor } from "@/ui/editor";
import { CodeField, SelectField, TextField } from "@/ui/field";
import { count, percent, words } from "@/ui/format";
import { Failure, Frame } from "@/ui/panel";
import { Stat } from "@/ui/stat";
import { Table } from "@/ui/table";
import { nameFrom } from "@/ui/text";

const route = getRouteApi("/app/audiences");

const listed = (names: readonly string[]) => names.map(words).join(", ");

/** Which of the compared audiences people are in, in words. */
function inWords({ preview, audiences }: AudiencePreview["overlap"][number]) {
  if (audiences.length === 0) return "only for whom the rule holds";
  return preview ? `for whom it holds, and in ${listed(audiences)}` : `only in ${listed(audiences)}`;
}

function Told({ told, overlap }: { told: AudiencePreview; overlap: string }) {
  const lifted = Object.keys(told.lifted ?? {});
  return (
    <div role="status" className="flex flex-col gap-4">
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Stat label="It holds for" value={count(told.size)} note={`of ${count(told.people)} people, ${percent(told.share)}`} />
        {Object.entries(told.reachable).map(([channel, people]) => (
          <Stat key={channel} label={`Reachable by ${words(channel)}`} value={count(people)} note="have an address and agreed" />
        ))}
      </div>
      {overlap !== "" && (
        <Table
          caption="Whom it shares" rows={told.overlap} id={(_, index) => String(index)}
          columns={[
            { head: "Who", cell: inWords },
            { head: "People", number: true, cell: ({ people }) => count(people) },
          ]}
        />
      )}
      {lifted.length > 0 && <p className="text-sm text-muted">What people did is counted from history on once it is saved: {lifted.length === 1 ? "one count" : `${lifted.length} counts`} of its own.</p>}
    </div>
  );
}

/** As YAML; a rule may have quotes of both kinds. */
const yamlOf = (name: string, rule: string) =>
  `apiVersion: gyre/v1\nkind: Audience\nmetadata:\n  name: ${name}\nspec:\n  rule: ${JSON.stringify(rule)}\n`;

export function Try({ names }: { names: readonly string[] }) {
  const { rule = "", overlap = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const preview = useAudiencePreview();
  const [name, setName] = useState("");
  const may = useMay("write");
  const ask = (form: FormData) => {
    const next = { rule: String(form.get("rule")).trim(), overlap: String(form.get("overlap") ?? "") };
    void navigate({ search: (before) => ({ ...before, rule: next.rule || undefined, overlap: next.overlap || undefined }), replace: true });
    preview.mutate({ rule: next.rule, overlap: next.overlap === "" ? [] : [next.overlap] });
  };
  const saved = nameFrom(name);
  return (
    <Frame title="Try a rule" note="On everybody, as of now. Nothing is saved.">
      <form action={ask} className="flex flex-col gap-3">
        <CodeField
          key={rule} label="Rule" name="rule" rows={3} required defaultValue={rule}
          hint={<>Over features and behaviour, for example <code>did('Order Completed', times &gt;= 2, within =&gt; interval '30 days')</code> or <code>person.orders &gt; 0</code>.</>}
        />
        <div className="flex flex-wrap items-end gap-3">
          <SelectField key={`${overlap} ${names.length}`} label="Compare with" name="overlap" defaultValue={overlap}>
            <option value="">no other audience</option>
            {names.map((one) => <option key={one} value={one}>{words(one)}</option>)}
          </SelectField>
          <Button look="main" type="submit" disabled={preview.isPending}>Try it</Button>
        </div>
      </form>
      <div className="mt-4 flex flex-col gap-4">
        {preview.error && <Failure error={preview.error} />}
        {preview.data && <Told told={preview.data} overlap={overlap} />}
        {preview.data && may && (
          <div className="flex flex-col gap-3 border-t border-line pt-4">
            <TextField label="Save it as" value={name} onChange={(event) => setName(event.target.value)} hint="A name for the audience, for example “about to leave”." />
            {saved !== "" && <Editor key={`${saved} ${rule}`} file={`audience-${saved}.yaml`} text={yamlOf(saved, rule)} />}
          </div>
        )}
      </div>
    </Frame>
  );
}
