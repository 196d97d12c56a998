// The half of a campaign that its loop owns, before and after a proposal.
import type { Proposal } from "@/api/loops";

type Weights = Record<string, Record<string, number>>;

/** The weights that a proposal would bring, put over those that it was made for. */
export function after(before: unknown, changes: Proposal["changes"]): unknown {
  const managed = (before ?? {}) as { weights?: Weights; dropped?: string[] };
  const weights: Weights = { ...managed.weights };
  const dropped = changes.flatMap((one) => (one.change === "drop" ? [one.variant] : []));
  for (const one of changes) if (one.change === "reweight") weights[one.segment] = one.weights;
  return dropped.length > 0 ? { ...managed, weights, dropped: [...(managed.dropped ?? []), ...dropped] } : { ...managed, weights };
}
