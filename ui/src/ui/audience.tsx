// An audience: the rule that says who is in it, its size, and its size over time.
import { useAudienceSizes } from "@/api/campaigns";
import { useResource } from "@/api/resources";
import { useMay } from "@/api/session";
import { Chart } from "@/ui/chart";
import { Editor } from "@/ui/editor";
import { count, date, dateTime, dayOf, words } from "@/ui/format";
import { Nothing, Panel } from "@/ui/panel";
import { Pending, Stat } from "@/ui/stat";
import { Table } from "@/ui/table";
import { asYaml } from "@/ui/yaml";

interface Point {
  day: string;
  people: number;
}

/** How many there were four weeks before the latest change; the sizes are those at which it changed. */
function weeksBefore(points: readonly Point[]): number | null {
  const last = points.at(-1);
  if (!last) return null;
  const then = new Date(last.day).getTime() - 28 * 86_400_000;
  return points.findLast(({ day }) => new Date(day).getTime() <= then)?.people ?? 0;
}

function Sizes({ name, points }: { name: string; points: readonly Point[] }) {
  const last = points.at(-1);
  const first = points[0];
  if (!last || !first) return <Nothing>Nobody was ever in this audience.</Nothing>;
  return (
    <Chart
      description={`Size of the audience ${words(name)}: ${count(first.people)} on ${date(first.day)}, ${count(last.people)} on ${date(last.day)}.`}
      series={{
        kind: "area", unit: "people", format: count, short: dayOf,
        lines: [{ name: words(name), points: points.map(({ day, people }) => ({ x: date(day), y: people })) }],
      }}
      table={
        <Table
          caption={`Size of ${words(name)} by day`}
          rows={points.toReversed()}
          id={({ day }) => day}
          columns={[
            { head: "Day", cell: ({ day }) => date(day) },
            { head: "People at its end", number: true, cell: ({ people }) => count(people) },
          ]}
        />
      }
    />
  );
}

function Definition({ name }: { name: string }) {
  const audience = useResource("Audience", name);
  const may = useMay("write");
  return (
    <Panel title="Definition" query={audience} note="Everybody for whom the rule holds is in it, from the moment it does.">
      {({ versions }) => {
        const last = versions.at(-1);
        return last && (
          <>
            <p className="mb-3 text-muted">Version {last.version}, by {last.by}, {dateTime(last.at)}</p>
            <Editor key={name} file={`audience-${name}.yaml`} text={asYaml(last)} readOnly={!may} />
          </>
        );
      }}
    </Panel>
  );
}

/** Everything about an audience, one thing below the other. */
export function AudienceParts({ name }: { name: string }) {
  const sizes = useAudienceSizes();
  const points = sizes.data?.audiences[name] ?? [];
  return (
    <>
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Stat label={`In “${words(name)}” now`} value={sizes.data ? count(points.at(-1)?.people ?? 0) : <Pending />} note="people" />
        <Stat label="Four weeks before" value={sizes.data ? count(weeksBefore(points)) : <Pending />} note="people" />
        <Stat label="Largest so far" value={sizes.data ? count(points.length > 0 ? Math.max(...points.map(({ people }) => people)) : null) : <Pending />} note="people" />
        <Stat label="First entry" value={sizes.data ? date(points[0]?.day) : <Pending />} />
      </div>
      <Panel title="Size over time" query={sizes} height="h-80">
        {() => <Sizes name={name} points={points} />}
      </Panel>
      <Definition name={name} />
    </>
  );
}
