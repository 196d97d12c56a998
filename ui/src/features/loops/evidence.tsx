// What the latest turn knew of each variant, segment by segment.
import type { LoopView, Turn } from "@/api/loops";
import { Badge } from "@/ui/badge";
import { count, delta, ratio, words } from "@/ui/format";
import { Meter } from "@/ui/meter";
import { Frame, Nothing } from "@/ui/panel";
import { FEW } from "@/ui/stats";
import { Table } from "@/ui/table";

type Known = Turn["evidence"][number];

/** The mean reward of a variant, and how sure it is. */
export function reward({ n, sum, sum_squares }: Pick<Known, "n" | "sum" | "sum_squares">): string {
  const mean = ratio(sum, n);
  if (mean === null) return "—";
  if (n < 2) return delta(mean);
  const variance = Math.max(0, (sum_squares - n * mean * mean) / (n - 1));
  return `${delta(mean)} ± ${(1.96 * Math.sqrt(variance / n)).toFixed(2)}`;
}

export function Evidence({ view: { turns } }: { view: LoopView }) {
  const turn = turns.at(-1);
  if (!turn || turn.evidence.length === 0) {
    return (
      <Frame title="What was learnt">
        <Nothing>Nothing is learnt before the first turn.</Nothing>
      </Frame>
    );
  }
  const segments = [...new Set(turn.evidence.map(({ segment }) => segment))];
  return segments.map((segment) => (
    <Frame key={segment} title={words(segment)} note={`as of turn ${turn.number}`}>
      <Table
        caption={`Variants in the segment ${words(segment)}`}
        rows={turn.evidence.filter((known) => known.segment === segment)}
        id={({ variant }) => variant}
        columns={[
          { head: "Variant", cell: ({ variant }) => words(variant) },
          {
            head: "Weight from here on", number: true,
            cell: ({ variant, weight }) => <Meter label={`Weight of ${words(variant)}`} value={weight} />,
          },
          { head: "Probability to be the best", number: true, cell: ({ variant, best_probability }) => <Meter label={`Probability that ${words(variant)} is the best`} value={best_probability} /> },
          { head: "Reward per decision", number: true, cell: reward },
          { head: "Decisions with a reward", number: true, cell: ({ n }) => (n < FEW ? <>{count(n)} <Badge tone="warn">too few</Badge></> : count(n)) },
        ]}
        foot={segment === segments.at(-1) ? "Reward: margin minus what the offer cost, in the window after the decision. ± is a 95 % interval for one look." : undefined}
      />
    </Frame>
  ));
}
