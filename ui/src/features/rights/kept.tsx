// How long records are kept, by family, and how many were removed because of it.
import { useStatus } from "@/api/server";
import { count, words } from "@/ui/format";
import { Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

export function Kept() {
  const status = useStatus();
  const none = <Nothing>Every record is kept until somebody asks for its removal. <code>gyre serve --retain event=400d</code> removes events that are older.</Nothing>;
  return (
    <Panel title="How long records are kept" query={status} empty={({ subjects }) => (subjects.retention.length === 0 ? none : null)}>
      {({ subjects }) => (
        <Table
          caption="Retention by family of records"
          rows={subjects.retention}
          id={({ family }) => family}
          columns={[
            { head: "Records", cell: ({ family }) => words(family) },
            { head: "Kept for", cell: ({ kept }) => kept },
            { head: "Removed so far", cell: ({ removed }) => count(removed) },
          ]}
        />
      )}
    </Panel>
  );
}
