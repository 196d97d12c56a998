// Rows that were rejected, and why.
import { useDeadLetters } from "@/api/collect";
import { useMay } from "@/api/session";
import { Badge } from "@/ui/badge";
import { count, dateTime } from "@/ui/format";
import { Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

export function Rejects({ mapping }: { mapping: string }) {
  const letters = useDeadLetters(mapping ? { origin: `import:${mapping}`, limit: 200 } : { limit: 200 });
  if (!useMay("people")) return null;
  const none = <Nothing>No row was rejected.</Nothing>;
  return (
    <Panel
      title="Rejected rows"
      note={mapping ? `of the mapping ${mapping}` : "of all imports"}
      query={letters}
      empty={({ letters }) => (letters.some(({ origin }) => origin.startsWith("import:")) ? null : none)}
    >
      {({ letters }) => (
        <Table
          caption="Rejected rows"
          rows={letters.filter(({ origin }) => origin.startsWith("import:"))}
          id={({ letter }) => letter}
          columns={[
            { head: "When", cell: ({ at }) => dateTime(at) },
            { head: "Mapping", cell: ({ origin }) => origin.slice("import:".length) },
            { head: "Line", number: true, cell: ({ place }) => count(place) },
            { head: "Why", long: true, cell: ({ code, message, hint }) => <><Badge tone="bad">{code}</Badge> {message}{hint && <span className="block text-xs text-muted">{hint}</span>}</> },
            { head: "Row", long: true, cell: ({ raw }) => <code className="break-all">{raw}</code> },
          ]}
        />
      )}
    </Panel>
  );
}
