// Whom a campaign is for: the rule of its audience, its size, and its size over time.
import { useAudienceSizes, type CampaignSummary } from "@/api/campaigns";
import { useResource } from "@/api/resources";
import { useMay } from "@/api/session";
import { Chart } from "@/ui/chart";
import { Editor } from "@/ui/editor";
import { count, date, words } from "@/ui/format";
import { Frame, Nothing, Panel } from "@/ui/panel";
import { Stat } from "@/ui/stat";
import { Table } from "@/ui/table";
import { asYaml } from "@/ui/yaml";

interface Point {
  day: string;
  people: number;
}

function Sizes({ name, points }: { name: string; points: readonly Point[] }) {
  const last = points.at(-1);
  const first = points[0];
  if (!last || !first) return <Nothing>Nobody was ever in this audience.</Nothing>;
  return (
    <Chart
      description={`Size of the audience ${words(name)}: ${count(first.people)} on ${date(first.day)}, ${count(last.people)} on ${date(last.day)}.`}
      series={{
        kind: "area", unit: "people", format: count,
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
        return last && <Editor key={last.version} file={`audience-${name}.yaml`} text={asYaml(last)} readOnly={!may} />;
      }}
    </Panel>
  );
}

export function AudienceTab({ view }: { view: CampaignSummary }) {
  const sizes = useAudienceSizes();
  const name = (view.spec as { audience?: string }).audience;
  if (!name) {
    return (
      <Frame title="Audience">
        <Nothing>This campaign has no audience: it is for everybody, or others ran it.</Nothing>
      </Frame>
    );
  }
  const points = sizes.data?.audiences[name] ?? [];
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-3">
        <Stat label={`People in ${words(name)} now`} value={count(sizes.data && (points.at(-1)?.people ?? 0))} />
        <Stat label="Most there ever were" value={count(points.length > 0 ? Math.max(...points.map(({ people }) => people)) : null)} />
        <Stat label="First day" value={date(points[0]?.day)} />
      </div>
      <Panel title="Size over time" query={sizes} height="h-80">
        {() => <Sizes name={name} points={points} />}
      </Panel>
      <Definition name={name} />
    </>
  );
}
