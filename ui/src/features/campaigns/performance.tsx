// How a campaign fares: its trend with intervals, and its variants.
import { useCampaign, useTrend, type Performance, type TrendPoint } from "@/api/campaigns";
import { useStatus } from "@/api/server";
import { Compared } from "@/features/campaigns/compared";
import { Totals } from "@/features/campaigns/totals";
import { Chart } from "@/ui/chart";
import { count, date, dayOf, delta, percent, ratio, words } from "@/ui/format";
import { Nothing, Panel } from "@/ui/panel";
import { PERIODS, period } from "@/ui/period";
import { useShared } from "@/ui/search";
import type { Series } from "@/ui/series";
import { FEW, wilson } from "@/ui/stats";
import { Table } from "@/ui/table";

const arm = (name: string) => (name === "" ? "everybody" : name);

/** Clicks per message that was sent or shown, week by week; weeks with few messages are left out. */
export function clickSeries(points: readonly TrendPoint[]): Series {
  const arms = [...new Set(points.map((point) => point.arm))].sort().reverse();
  const lines = arms.map((name) => ({
    name: arm(name),
    points: points
      .filter((point) => point.arm === name && point.delivered >= FEW)
      .map(({ week, delivered, clicked }) => ({ x: date(week), y: ratio(clicked, delivered), ...wilson(clicked, delivered) })),
  }));
  return { kind: "band", lines, unit: "clicks per message", format: percent, short: dayOf };
}

function Trend({ name }: { name: string }) {
  const shared = useShared();
  const now = useStatus().data?.now;
  const trend = useTrend(name, now ? period(shared.period, now) : {});
  const note = `${PERIODS[shared.period]} · week by week, with 95 % intervals; weeks with fewer than ${FEW} messages are left out`;
  const nothing = <Nothing>Nothing was decided in this period. A longer one may show more.</Nothing>;
  return (
    <Panel title="Clicks" note={note} query={trend} height="h-80" empty={({ points }) => (points.length === 0 ? nothing : null)}>
      {({ points }) => (
        <Chart
          description={`Share of messages that were clicked, by week and arm, over ${new Set(points.map(({ week }) => week)).size} weeks.`}
          series={clickSeries(points)}
          table={
            <Table
              caption="Messages and clicks by week"
              rows={points.toReversed()}
              id={({ week, arm }) => week + arm}
              columns={[
                { head: "Week of", cell: ({ week }) => date(week) },
                { head: "Arm", cell: (point) => arm(point.arm) },
                { head: "Decisions", number: true, cell: ({ decisions }) => count(decisions) },
                { head: "Delivered", number: true, cell: ({ delivered }) => count(delivered) },
                { head: "Clicked", number: true, cell: ({ clicked, delivered }) => `${count(clicked)} (${percent(ratio(clicked, delivered))})` },
              ]}
            />
          }
        />
      )}
    </Panel>
  );
}

function clicks({ clicks, sent, rendered }: Performance): string {
  const seen = sent + rendered;
  const range = seen >= FEW ? wilson(clicks, seen) : null;
  return range ? `${percent(clicks / seen)} [${percent(range.low)}, ${percent(range.high)}]` : percent(ratio(clicks, seen));
}

const VariantsTable = ({ rows }: { rows: Performance[] }) => (
  <Table
    caption="Variants by channel"
    rows={rows}
    id={({ variant, channel }) => `${variant}/${channel}`}
    columns={[
      { head: "Variant", cell: ({ variant }) => (variant ? words(variant) : <span className="text-muted">none: refused</span>) },
      { head: "Channel", cell: ({ channel }) => channel && words(channel) },
      { head: "Decisions", number: true, cell: ({ decisions }) => count(decisions) },
      { head: "Delivered", number: true, cell: ({ sent, rendered }) => count(sent + rendered) },
      { head: "Refused", number: true, cell: ({ refused }) => count(refused) },
      { head: "Opened", number: true, cell: ({ opens }) => count(opens) },
      { head: "Clicked", number: true, cell: clicks },
      { head: "Reward per decision", number: true, cell: ({ reward, closed }) => delta(ratio(reward, closed)) },
    ]}
    foot="Reward: margin minus offers in the window after the decision, of treated people whose window has closed."
  />
);

/** What was refused before anything was drawn comes last. */
const drawnFirst = (rows: readonly Performance[]) => rows.toSorted((one, other) => Number(!one.variant) - Number(!other.variant));

const undecided = <Nothing>Nothing was decided yet. Decisions come when people enter the audience.</Nothing>;

export function PerformanceTab({ name }: { name: string }) {
  const campaign = useCampaign(name);
  if (campaign.data && !campaign.data.performance) return <Compared report={campaign.data.report} />;
  return (
    <>
      <Totals name={name} />
      <Trend name={name} />
      <Panel
        title="Variants"
        note="All time. Counts, not effects: people differ by what they were shown"
        query={campaign}
        height="h-80"
        empty={({ performance }) => (performance?.length === 0 ? undecided : null)}
      >
        {({ performance }) => <VariantsTable rows={drawnFirst(performance ?? [])} />}
      </Panel>
    </>
  );
}
