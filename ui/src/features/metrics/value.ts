// Values of metrics as people read them, and why there is none.
import type { MetricAnswer, MetricRow, MetricValue } from "@/api/metrics";
import { change, count, money, percent } from "@/ui/format";
import type { Series } from "@/ui/series";

const days = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/** How a number of a format is written. */
export function written(format: string): (value: number) => string {
  switch (format) {
    case "percent": return percent;
    case "money": return money;
    case "duration": return (value) => `${days.format(value)} d`;
    case "points": return (value) => days.format(100 * value);
    default: return (value) => number.format(value);
  }
}

const WHY: Record<string, string> = {
  immature: "maturing", hidden: "too few people", mixed_currencies: "several currencies", empty: "—",
};

/** The value, or why there is none. */
export function shown(value: MetricValue | undefined, format: string): string {
  if (value?.value == null) return WHY[value?.state ?? "empty"] ?? "—";
  const text = written(format)(value.value);
  return value.state === "below_minimum" ? `${text} (few)` : text;
}

/** What it was computed from, in words. */
export function basis(value: MetricValue | undefined, format: string): string {
  if (!value || value.state === "hidden") return "";
  const parts = [`n ${count(value.n)}`];
  if (value.low != null && value.high != null) {
    const write = written(format);
    parts.push(`95 % ${write(value.low)} to ${write(value.high)}`);
  }
  if (value.immature > 0) parts.push(`${count(value.immature)} maturing until ${value.mature_at?.slice(0, 10) ?? "later"}`);
  if (value.note) parts.push(value.note);
  return parts.join(", ");
}

export const changed = (value: MetricValue | undefined): string =>
  value?.value == null ? "" : change(value.relative_change ?? null);

/** The name of a row: its dimensions, or the whole. */
export const nameOf = (row: MetricRow): string =>
  row.dimensions.map((one) => one ?? "not known").join(" · ") || "All";

/** Lines of one metric over time or age, for the first few combinations. */
export function lines(answer: MetricAnswer, metric: string, format: string): Series | null {
  const place = (row: MetricRow) => row.time ?? (row.age == null ? null : `age ${row.age}`);
  const rows = answer.rows.filter((row) => place(row) !== null);
  if (rows.length === 0) return null;
  const names = [...new Set(rows.map(nameOf))].slice(0, 4);
  const write = written(format);
  return {
    kind: "band",
    unit: "",
    format: write,
    lines: names.map((name) => ({
      name,
      points: rows.filter((row) => nameOf(row) === name).map((row) => {
        const now = row.metrics[metric]?.now;
        return { x: place(row) ?? "", y: now?.value ?? null, low: now?.low ?? null, high: now?.high ?? null };
      }),
    })),
  };
}
