// Lifecycles: how many people are in which stage, and how many went from one to the next.
import { useLifecycles, useStageFlows, type Lifecycle } from "@/api/audiences";
import { count, date, percent, words } from "@/ui/format";
import { Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

function Stage({ lifecycle }: { lifecycle: Lifecycle }) {
  const all = lifecycle.stages.reduce((sum, { people }) => sum + people, 0);
  return (
    <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
      {lifecycle.stages.map(({ name, people }) => (
        <li key={name} className="flex flex-col gap-1 rounded-md border border-line p-3">
          <span className="text-sm text-muted">{words(name)}</span>
          <span className="text-lg font-semibold tabular-nums">{count(people)}</span>
          <span aria-hidden className="h-1.5 rounded bg-sunken"><span className="block h-full rounded bg-accent" style={{ width: `${all === 0 ? 0 : (100 * people) / all}%` }} /></span>
          <span className="text-xs text-muted">{all === 0 ? "nobody" : percent(people / all)}</span>
        </li>
      ))}
    </ul>
  );
}

function Flows({ name }: { name: string }) {
  const flows = useStageFlows(name);
  return (
    <Panel
      title={`From stage to stage: ${words(name)}`} note="By month; people who came in or went out stand with a dash" query={flows}
      empty={({ flows }) => (flows.length === 0 ? <Nothing>Nobody changed stages yet.</Nothing> : null)}
    >
      {({ flows }) => (
        <Table
          caption={`Changes of stage in ${words(name)}`} rows={flows} id={({ period, from, to }) => `${period} ${from} ${to}`}
          columns={[
            { head: "Month", cell: ({ period }) => date(period) },
            { head: "From", cell: ({ from }) => (from ? words(from) : "–") },
            { head: "To", cell: ({ to }) => (to ? words(to) : "–") },
            { head: "Times", number: true, cell: ({ times }) => count(times) },
          ]}
        />
      )}
    </Panel>
  );
}

export function Stages() {
  const lifecycles = useLifecycles();
  return (
    <>
      <Panel
        title="Lifecycles" note="The stages people go through; everybody is in at most one of each" query={lifecycles}
        empty={({ lifecycles }) => (lifecycles.length === 0 ? <Nothing>There is no lifecycle yet: apply one, of kind Lifecycle.</Nothing> : null)}
      >
        {({ lifecycles }) => (
          <div className="flex flex-col gap-4">
            {lifecycles.map((one) => (
              <section key={one.name} aria-label={words(one.name)} className="flex flex-col gap-2">
                <h3 className="font-medium">{words(one.name)}</h3>
                <Stage lifecycle={one} />
              </section>
            ))}
          </div>
        )}
      </Panel>
      {lifecycles.data?.lifecycles.map(({ name }) => <Flows key={name} name={name} />)}
    </>
  );
}
