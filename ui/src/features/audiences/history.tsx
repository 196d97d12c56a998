// Who came into an audience and who left it, day by day.
import { useAudienceHistory } from "@/api/audiences";
import { count, date, words } from "@/ui/format";
import { Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

/** Days shown at first. */
const SHOWN = 30;

export function History({ name }: { name: string }) {
  const history = useAudienceHistory(name);
  return (
    <Panel
      title="Who came and went" note="Days on which somebody did, newest first; people as they are known now" query={history}
      empty={({ days }) => (days.length === 0 ? <Nothing>Nobody ever came into it.</Nothing> : null)}
    >
      {({ days }) => (
        <Table
          caption={`Who came into ${words(name)} and left it`} rows={days.toReversed().slice(0, SHOWN)} id={({ day }) => day}
          columns={[
            { head: "Day", cell: ({ day }) => date(day) },
            { head: "Came", number: true, cell: ({ entered }) => count(entered) },
            { head: "Left", number: true, cell: ({ left }) => count(left) },
            { head: "In it at the end", number: true, cell: ({ size }) => count(size) },
          ]}
          foot={days.length > SHOWN && `The latest ${SHOWN} of ${days.length} days.`}
        />
      )}
    </Panel>
  );
}
