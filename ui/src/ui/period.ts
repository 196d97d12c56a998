// Periods and what they are compared with. The server's clock says when now is: it may be a manual one.

export const PERIODS = { "7d": "7 days", "28d": "28 days", "90d": "90 days", all: "All time" } as const;
export type PeriodName = keyof typeof PERIODS;
export type Compare = "none" | "previous";

/** Half open; what is left out is without an end. */
export interface Period {
  from?: string;
  to?: string;
}

const DAY = 86_400_000;

const iso = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");

/** The end of the minute, so that asking again within it asks the same. */
function endOf(now: string): number {
  return Math.ceil((new Date(now).getTime() + 1) / 60_000) * 60_000;
}

export function period(name: PeriodName, now: string): Period {
  if (name === "all") return {};
  const to = endOf(now);
  return { from: iso(to - Number.parseInt(name, 10) * DAY), to: iso(to) };
}

/** The period of the same length before; nothing comes before all time. */
export function previous(name: PeriodName, now: string): Period | null {
  if (name === "all") return null;
  const length = Number.parseInt(name, 10) * DAY;
  const to = endOf(now) - length;
  return { from: iso(to - length), to: iso(to) };
}
