// What came from a source since the server started, and what was not taken of it.
import { Link } from "@tanstack/react-router";
import type { Counted as Counts, UnknownKeys } from "@/api/sources";
import { Badge } from "@/ui/badge";
import { count, dateTime, plural } from "@/ui/format";
import { Frame } from "@/ui/panel";
import { Table } from "@/ui/table";

function Codes({ title, counts }: { title: string; counts: Record<string, number> }) {
  const codes = Object.entries(counts);
  if (codes.length === 0) return null;
  return (
    <>
      <dt className="text-muted">{title}</dt>
      <dd className="flex flex-wrap gap-1">{codes.map(([code, times]) => <Badge key={code} tone="bad">{code}: {count(times)}</Badge>)}</dd>
    </>
  );
}

export function Counted({ counted }: { counted: Counts }) {
  if (!counted.last_seen) return <p className="text-muted">Nothing has come since the server started.</p>;
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
        <dt className="text-muted">Taken since the start</dt>
        <dd>{plural(counted.accepted, "event")} in {plural(counted.requests, "request")}, last {dateTime(counted.last_seen)}</dd>
        <Codes title="Rejected events" counts={counted.rejected} />
        <Codes title="Refused requests" counts={counted.refused} />
      </dl>
      {Object.keys(counted.rejected).length > 0 && <p><Link className="underline" to="/live">See what was rejected</Link></p>}
    </>
  );
}

/** Keys that no source has: somebody mistyped one, or uses one that was taken back. */
export function Unknown({ unknown }: { unknown: UnknownKeys }) {
  if (unknown.requests === 0) return null;
  return (
    <Frame title="Requests of no source" note={`${plural(unknown.requests, "request")} since the server started, ${count(unknown.without_key)} without any key. What they carried was not taken.`}>
      <Table
        caption="Keys that no source has"
        rows={Object.entries(unknown.keys)}
        id={([id]) => id}
        columns={[
          { head: "Key", cell: ([id]) => <code>{id}…</code> },
          { head: "Requests", number: true, cell: ([, { requests }]) => count(requests) },
          { head: "Last", cell: ([, { last_seen }]) => dateTime(last_seen) },
        ]}
        foot="Keys are shown by the beginning of their SHA-256: a mistyped key may be a secret elsewhere."
      />
    </Frame>
  );
}
