// What the address says, as a question to the server, and back.
import type { MetricQuestion } from "@/api/metrics";
import { oneOf, text } from "@/ui/text";

export const RANGES = {
  "7d": "7 days", "28d": "28 days", "90d": "90 days", "12mo": "12 months",
  month: "This month", "last-month": "Last month", all: "All time",
} as const;
export const GRAINS = { none: "Whole period", day: "Day", week: "Week", month: "Month", quarter: "Quarter" } as const;
export type RangeName = keyof typeof RANGES;
export type GrainName = keyof typeof GRAINS;

/** What stands in the address of the page. */
export interface Asked {
  /** Metrics, between commas. */
  m?: string;
  /** Dimensions, between commas. */
  by?: string;
  range?: RangeName;
  grain?: GrainName;
  /** `channel=email|in_app`, several between semicolons. */
  where?: string;
  /** `previous_period`, `previous_year`, or both between commas. */
  with?: string;
}

/** What of the address can be read. */
export const readAsked = (search: Record<string, unknown>): Asked => ({
  m: text(search["m"]),
  by: text(search["by"]),
  range: oneOf(search["range"], Object.keys(RANGES) as RangeName[]),
  grain: oneOf(search["grain"], Object.keys(GRAINS) as GrainName[]),
  where: text(search["where"]),
  with: text(search["with"]),
});

const list = (words: string | undefined) => (words ?? "").split(",").filter((one) => one !== "");

export const metricsOf = (asked: Asked) => list(asked.m);
export const dimensionsOf = (asked: Asked) => list(asked.by);
export const comparedOf = (asked: Asked) => list(asked.with);

export interface Where {
  field: string;
  values: string[];
}

export function readWhere(text: string | undefined): Where[] {
  return (text ?? "").split(";").flatMap((one) => {
    const [field = "", values = ""] = one.split("=", 2);
    const all = values.split("|").filter((value) => value !== "");
    return field !== "" && all.length > 0 ? [{ field, values: all }] : [];
  });
}

export const writeWhere = (all: readonly Where[]): string | undefined =>
  all.map(({ field, values }) => `${field}=${values.join("|")}`).join(";") || undefined;

function range(name: RangeName): NonNullable<MetricQuestion["time"]>["range"] {
  switch (name) {
    case "all": return { type: "all" };
    case "month": return { type: "to_date", unit: "month" };
    case "last-month": return { type: "previous", unit: "month", n: 1 };
    case "12mo": return { type: "rolling", n: 12, unit: "month" };
    default: return { type: "rolling", n: Number.parseInt(name, 10), unit: "day" };
  }
}

/** The question; the first metric orders the rows, the largest first. */
export function question(asked: Asked): MetricQuestion {
  const metrics = metricsOf(asked);
  const dimensions = dimensionsOf(asked);
  const everything = asked.range === "all";
  const [first] = metrics;
  return {
    metrics,
    dimensions,
    time: {
      range: range(asked.range ?? "28d"),
      grain: everything ? "none" : (asked.grain ?? "none"),
      compare: everything ? [] : comparedOf(asked),
    },
    filters: readWhere(asked.where).map(({ field, values }) => ({ field, op: "in", values })),
    order_by: first && dimensions.length > 0 ? [{ by: first, dir: "desc" }] : [],
    limit: 20,
  };
}
