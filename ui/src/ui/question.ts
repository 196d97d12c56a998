// What the address says, as a question to the server, and back.
import { filtersOf } from "@/ui/where";
import type { MetricQuestion } from "@/api/metrics";
import { oneOf, text } from "@/ui/text";

export const RANGES = {
  "7d": "7 days", "28d": "28 days", "90d": "90 days", "12mo": "12 months",
  month: "This month", "last-month": "Last month", all: "All time",
} as const;
export const GRAINS = { none: "Whole period", day: "Day", week: "Week", month: "Month", quarter: "Quarter" } as const;
export type GrainName = keyof typeof GRAINS;
export type RangeAsked = NonNullable<NonNullable<MetricQuestion["time"]>["range"]>;

const UNITS = { h: "hour", d: "day", w: "week", mo: "month", q: "quarter", y: "year" } as const;
const NAMED: Record<string, RangeAsked> = {
  all: { type: "all" },
  month: { type: "to_date", unit: "month" },
  "last-month": { type: "previous", unit: "month", n: 1 },
};
const DAY = 86_400_000;

/** What stands in the address of a page. */
export interface Asked {
  /** Metrics, between commas. */
  m?: string;
  /** Dimensions, between commas. */
  by?: string;
  /** `28d`, `12mo`, `2026-Q1`, `2026-01-01..2026-02-01`, or a name of [`RANGES`]. */
  range?: string;
  grain?: GrainName;
  /** `channel=email|in_app`, several between semicolons. */
  where?: string;
  /** `previous_period`, `previous_year`, or both between commas. */
  with?: string;
  zone?: string;
}

/** What of it holds for a whole page of numbers. */
export type Looked = Pick<Asked, "range" | "where" | "with" | "zone">;

export const readLooked = (search: Record<string, unknown>): Looked => ({
  range: readRange(search["range"]),
  where: text(search["where"]),
  with: text(search["with"]),
  zone: text(search["zone"]),
});

/** What of the address can be read. */
export const readAsked = (search: Record<string, unknown>): Asked => ({
  m: text(search["m"]),
  by: text(search["by"]),
  grain: oneOf(search["grain"], Object.keys(GRAINS) as GrainName[]),
  ...readLooked(search),
});

function readRange(value: unknown): string | undefined {
  // A year is read from an address as a number.
  const said = typeof value === "number" ? String(value) : text(value);
  return said !== undefined && rangeOf(said) ? said : undefined;
}

/** A period as people type it; null where it is none. */
export function rangeOf(said: string): RangeAsked | null {
  const named = NAMED[said];
  if (named) return named;
  const [, n = "", unit = ""] = /^(\d{1,4})(h|d|w|mo|q|y)$/.exec(said) ?? [];
  if (unit !== "") return { type: "rolling", n: Number(n), unit: UNITS[unit as keyof typeof UNITS] };
  const [, from, to] = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(said) ?? [];
  if (from && to) return { type: "between", from, to };
  return /^\d{4}(-(H[12]|Q[1-4]|W\d{2}|\d{2}(-\d{2})?))?$/.test(said) ? { type: "period", period: said } : null;
}

/** The same the other way round; nothing where no period is named. */
export function rangeText(range: RangeAsked | null | undefined): string | undefined {
  const { type = "rolling", n, unit, period, from, to } = range ?? {};
  const short = Object.entries(UNITS).find(([, name]) => name === unit)?.[0];
  if (type === "rolling") return short ? `${n ?? 1}${short}` : n ? `${n}d` : undefined;
  if (type === "period") return period ?? undefined;
  if (type === "between") return `${from ?? ""}..${to ?? ""}`;
  const named = Object.entries(NAMED).find(([, one]) => one.type === type && one.unit === (unit ?? undefined));
  return named?.[0];
}

export function rangeLabel(said: string): string {
  if (said in RANGES) return RANGES[said as keyof typeof RANGES];
  const range = rangeOf(said);
  if (range?.type === "rolling") return `${range.n} ${range.unit}${range.n === 1 ? "" : "s"}`;
  return range?.type === "between" ? `${range.from} to ${range.to}` : said;
}

/** How many days a period has, about. */
function daysOf(said: string): number {
  const range = rangeOf(said);
  const long = { hour: 1 / 24, day: 1, week: 7, month: 30, quarter: 91, year: 365 } as Record<string, number>;
  switch (range?.type) {
    case "rolling": case "previous": return (range.n ?? 1) * (long[range.unit ?? "day"] ?? 1);
    case "to_date": return long[range.unit ?? "month"] ?? 30;
    case "between": return (Date.parse(range.to ?? "") - Date.parse(range.from ?? "")) / DAY;
    case "period": return said.includes("Q") ? 91 : said.includes("H") ? 182 : said.includes("W") ? 7 : [365, 30, 1][said.split("-").length - 1] ?? 30;
    default: return Infinity;
  }
}

/** One point per what, so that a line has neither too few nor too many. */
export function grainFor(said: string): "none" | "hour" | "day" | "week" | "month" {
  const days = daysOf(said);
  if (!Number.isFinite(days)) return "none";
  return days <= 2 ? "hour" : days <= 45 ? "day" : days <= 200 ? "week" : "month";
}

const list = (words: string | undefined) => (words ?? "").split(",").filter((one) => one !== "");

export const metricsOf = (asked: Asked) => list(asked.m);
export const dimensionsOf = (asked: Asked) => list(asked.by);
export const comparedOf = (asked: Looked) => list(asked.with);

/** The question; the first metric orders the rows, the largest first. */
export function question(asked: Asked): MetricQuestion {
  const dimensions = dimensionsOf(asked);
  const everything = asked.range === "all";
  const metrics = metricsOf(asked);
  const [first] = metrics;
  return {
    metrics,
    dimensions,
    time: {
      range: rangeOf(asked.range ?? "28d"),
      grain: everything ? "none" : (asked.grain ?? "none"),
      compare: everything ? [] : comparedOf(asked),
      zone: asked.zone,
    },
    filters: filtersOf(asked.where),
    order_by: first && dimensions.length > 0 ? [{ by: first, dir: "desc" }] : [],
    limit: 20,
  };
}
