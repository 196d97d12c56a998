// What rows are asked for, where they go to others.
import type { QueryAsked } from "@/api/lake";
import { plural } from "@/ui/format";

export type Gate = NonNullable<QueryAsked["gate"]>;

export const GATES: Record<"" | Gate, string> = {
  "": "my own look",
  export: "others: advertising and other tools",
  training: "training models",
};

export const isGate = (text: string | undefined): text is Gate => text === "export" || text === "training";

/** How many rows a gate left out, and why. */
export function leftOut(rows: Record<string, number> | null | undefined): string | undefined {
  if (!rows) return undefined;
  const reasons = Object.entries(rows).sort(([, one], [, two]) => two - one);
  const all = reasons.reduce((sum, [, many]) => sum + many, 0);
  if (all === 0) return "no row was left out";
  return `${plural(all, "row")} left out (${reasons.map(([why, many]) => `${why.replaceAll("_", " ")}: ${many}`).join(", ")})`;
}
