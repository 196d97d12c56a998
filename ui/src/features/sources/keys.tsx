// The write keys of a source: made, replaced with an overlap, taken back.
import { useState } from "react";
import { useRevokeKey, useRotateKey, type Source } from "@/api/sources";
import { Made } from "@/features/sources/made";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField } from "@/ui/field";
import { date, dateTime } from "@/ui/format";
import { Failure } from "@/ui/panel";
import { Table } from "@/ui/table";

const OVERLAPS = { "24h": "go on working for a day", "7d": "go on working for a week", "0s": "stop working at once" };

function Rotate({ name }: { name: string }) {
  const rotate = useRotateKey(name);
  const [overlap, setOverlap] = useState("24h");
  if (rotate.data) return <Made made={rotate.data} />;
  return (
    <form action={() => rotate.mutate({ overlap })} className="flex flex-col gap-3 p-4">
      <SelectField label="The keys made before" value={overlap} onChange={(event) => setOverlap(event.target.value)}>
        {Object.entries(OVERLAPS).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
      </SelectField>
      {rotate.error && <Failure error={rotate.error} />}
      <Button type="submit" look="main" disabled={rotate.isPending}>Make a new key</Button>
    </form>
  );
}

export function Keys({ source: { name, keys }, may }: { source: Source; may: boolean }) {
  const revoke = useRevokeKey(name);
  const [rotating, setRotating] = useState(false);
  return (
    <>
      {revoke.error && <Failure error={revoke.error} />}
      {keys.length === 0 ? (
        <p className="text-muted">It has no key, so nobody can send.</p>
      ) : (
        <Table
          caption={`Write keys of ${name}`}
          rows={keys}
          id={({ id }) => id}
          columns={[
            { head: "Key", cell: ({ id }) => <code>{id}…</code> },
            { head: "Made", cell: ({ declared, created_at, by }) => (declared ? <Badge>in the file</Badge> : <>{created_at && date(created_at)} {by}</>) },
            { head: "Last used", cell: ({ last_used }) => (last_used ? dateTime(last_used) : "not since the start") },
            { head: "Until", cell: ({ expires_at }) => (expires_at ? <Badge tone="warn">{dateTime(expires_at)}</Badge> : "") },
            { head: "", cell: ({ id, declared }) => may && !declared && <Button look="bad" aria-label={`Take back key ${id}`} onClick={() => revoke.mutate(id)} disabled={revoke.isPending}>Take back</Button> },
          ]}
        />
      )}
      {may && <div><Button onClick={() => setRotating(true)} aria-label={`New key for ${name}`}>New key</Button></div>}
      <Dialog open={rotating} onClose={() => setRotating(false)} title={`A new key for ${name}`}>
        <Rotate name={name} />
      </Dialog>
    </>
  );
}
