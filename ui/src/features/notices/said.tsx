// How a notice stands, and what was sent of it.
import type { Mailing } from "@/api/notices";
import { Badge, type Tone } from "@/ui/badge";
import { dateTime, plural } from "@/ui/format";
import { Table } from "@/ui/table";

const TONES: Record<string, Tone> = { sent: "good", ok: "good", firing: "bad", failed: "bad", trouble: "warn", unknown: "warn", uncertain: "warn" };

export const State = ({ state }: { state: string }) => <Badge tone={TONES[state] ?? "plain"}>{state}</Badge>;

export function Mailings({ mailings }: { mailings: readonly Mailing[] }) {
  if (mailings.length === 0) return <p className="text-sm text-muted">Nothing was sent yet.</p>;
  return (
    <Table
      caption="What was sent" rows={mailings} id={({ key }) => key}
      columns={[
        { head: "About", cell: ({ at }) => dateTime(at) },
        { head: "State", cell: ({ state }) => <State state={state} /> },
        { head: "To", cell: ({ letters }) => plural(letters.length, "address", "addresses") },
      ]}
    />
  );
}
