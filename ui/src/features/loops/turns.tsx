// The turns of a loop: lift against the holdout, as a chart and as a table.
import type { LoopView, Turn } from "@/api/loops";
import { Chart } from "@/ui/chart";
import { count, date, dates, delta, money, percent, points, ratio } from "@/ui/format";
import { Finding, LiftWords } from "@/ui/lift";
import { Frame, Nothing } from "@/ui/panel";
import type { Series } from "@/ui/series";
import { FEW, isKnown } from "@/ui/stats";
import { Table } from "@/ui/table";

/** Lift in points, turn by turn, with its intervals. */
export function liftSeries(turns: readonly Turn[]): Series {
  const lines = [
    {
      name: "Lift",
      points: turns.map(({ number, lift }) => {
        const x = `Turn ${number}`;
        return isKnown(lift) ? { x, y: lift.value, low: lift.low, high: lift.high } : { x, y: null };
      }),
    },
  ];
  return { kind: "interval", lines, unit: "percentage points against the holdout", zero: true, format: points };
}

/** What the chart shows, for those who do not see it. */
export function describe(turns: readonly Turn[]): string {
  const last = turns.at(-1);
  if (!last) return "No turn yet.";
  if (!isKnown(last.lift)) return `Lift against the holdout over ${turns.length} turns; in turn ${last.number} there was nothing to compare.`;
  return `Lift against the holdout over ${turns.length} turns; in turn ${last.number} it is ${points(last.lift.value)} points, with an interval from ${points(last.lift.low)} to ${points(last.lift.high)}.`;
}

const share = ({ repeaters, people }: Turn["treated"]) => percent(ratio(repeaters, people));
const net = ({ margin, offer_cost, people }: Turn["treated"]) => money(ratio(margin - offer_cost, people));

const TurnsTable = ({ turns }: { turns: readonly Turn[] }) => (
  <Table
    caption="Turns of the loop"
    rows={turns.toReversed()}
    id={({ id }) => id}
    columns={[
      { head: "Turn", cell: ({ number }) => <b>{number}</b> },
      { head: "When", cell: ({ from, to }) => dates(from, to) },
      { head: "Treated", number: true, cell: ({ treated }) => count(treated.people) },
      { head: "Held out", number: true, cell: ({ holdout }) => count(holdout.people) },
      { head: "Reached the goal", number: true, cell: ({ treated, holdout }) => `${share(treated)} / ${share(holdout)}` },
      { head: "Lift", cell: ({ lift }) => <LiftWords lift={lift} /> },
      { head: "Finding", cell: ({ lift }) => <Finding lift={lift} /> },
      { head: "Net per head", number: true, cell: ({ treated, holdout }) => `${net(treated)} / ${net(holdout)}` },
      { head: "Net lift", number: true, cell: ({ net_lift }) => (isKnown(net_lift) ? `${delta(net_lift.value)} [${delta(net_lift.low)}, ${delta(net_lift.high)}]` : "—") },
      { head: "Still open", number: true, cell: ({ immature }) => count(immature) },
    ]}
    foot="Treated / held out. The intervals hold at every look, so looking often does no harm. “Still open”: decisions whose window has not closed; they are not in the evidence yet."
  />
);

export function TurnsPanel({ view: { turns, next_turn_at } }: { view: LoopView }) {
  const last = turns.at(-1);
  if (!last) {
    return (
      <Frame title="Lift, turn by turn">
        <Nothing>The first turn is measured on {date(next_turn_at)}. Until then there is nothing to compare.</Nothing>
      </Frame>
    );
  }
  const few = Math.min(last.treated.people, last.holdout.people);
  return (
    <>
      <Frame title="Lift, turn by turn" note="Share of people who reached the goal: treated minus held out">
        {few < FEW && (
          <p role="status" className="mb-3 rounded-md bg-warn-soft p-2 text-warn">
            Too few people to tell: {count(few)} in the smaller arm, {FEW} are the least that say anything.
          </p>
        )}
        {last.warnings && last.warnings.length > 0 && (
          <ul role="status" aria-label={`What to know of turn ${last.number}`} className="mb-3 rounded-md bg-warn-soft p-2 text-warn">
            {last.warnings.map((warning) => <li key={warning}>Turn {last.number}: {warning}</li>)}
          </ul>
        )}
        <Chart description={describe(turns)} series={liftSeries(turns)} table={<TurnsTable turns={turns} />} />
      </Frame>
      <Frame title="Turns">
        <TurnsTable turns={turns} />
      </Frame>
    </>
  );
}
