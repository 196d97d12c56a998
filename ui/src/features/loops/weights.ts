// The half of a campaign that its loop owns, before and after a proposal.
import type { Proposal } from "@/api/loops";

/** Segment, variant, share. */
export type Weights = Record<string, Record<string, number>>;

export const weightsOf = (managed: unknown): Weights => (managed as { weights?: Weights } | null | undefined)?.weights ?? {};

/** The weights that a proposal would bring, put over those that it was made for. */
export function after(before: unknown, changes: Proposal["changes"]): Weights {
  const weights: Weights = { ...weightsOf(before) };
  for (const one of changes) if (one.change === "reweight") weights[one.segment] = one.weights;
  return weights;
}

/** All variants of any segment, in the order in which they are found. */
export const variants = (weights: Weights): string[] => [...new Set(Object.values(weights).flatMap((one) => Object.keys(one)))];

/** Whether a share moved as far as can be seen. */
export const moved = (by: number | null): by is number => by !== null && Math.abs(by) >= 0.0005;
