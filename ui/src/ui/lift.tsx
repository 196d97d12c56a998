// A lift in words, figures and colour.
import type { Schema } from "@/api/client";
import { Badge } from "@/ui/badge";
import { points } from "@/ui/format";
import { finding, isKnown } from "@/ui/stats";

const SAYS = {
  better: { tone: "good", words: "better than the holdout" },
  worse: { tone: "bad", words: "worse than the holdout" },
  open: { tone: "plain", words: "not decided yet" },
} as const;

export const LiftWords = ({ lift }: { lift: Schema["Lift"] }) =>
  isKnown(lift) ? (
    <span>
      {points(lift.value)} <span className="inline-block text-sm font-normal text-muted">points [{points(lift.low)}, {points(lift.high)}]</span>
    </span>
  ) : (
    <span className="text-muted">—</span>
  );

export function Finding({ lift }: { lift: Schema["Lift"] }) {
  if (!isKnown(lift)) return <Badge>nothing to compare</Badge>;
  const { tone, words } = SAYS[finding(lift)];
  return <Badge tone={tone}>{words}</Badge>;
}
