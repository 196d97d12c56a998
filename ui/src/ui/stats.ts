// The little statistics that the pages do themselves.

export interface Interval {
  low: number;
  high: number;
}

const Z = 1.959964;

/** Wilson's interval of a share at 95 %; none of nothing. */
export function wilson(part: number, of: number): Interval | null {
  if (of <= 0) return null;
  const share = part / of;
  const square = Z * Z;
  const middle = share + square / (2 * of);
  const spread = Z * Math.sqrt((share * (1 - share) + square / (4 * of)) / of);
  const below = 1 + square / of;
  return { low: Math.max(0, (middle - spread) / below), high: Math.min(1, (middle + spread) / below) };
}

export type Finding = "better" | "worse" | "open";

/** What an interval that holds at every look says. */
export function finding({ low, high }: Interval): Finding {
  if (low > 0) return "better";
  return high < 0 ? "worse" : "open";
}

/** Without any spread there was nothing to measure: an interval from 0 to 0 would say the opposite. */
export const isKnown = ({ standard_error }: { standard_error: number }) => standard_error > 0;

/** Fewer people than this in an arm say nothing about a share. */
export const FEW = 30;
