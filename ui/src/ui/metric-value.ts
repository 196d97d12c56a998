// Values of metrics as people read them, and why there is none.
import type { MetricAnswer, MetricRow, MetricValue } from "@/api/metrics";
import { change, count, date, money, percent } from "@/ui/format";
import type { Line, Point, Series } from "@/ui/series";

const days = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/** How a number of a format is written. */
export function written(format: string): (value: number) => string {
  switch (format) {
    case "percent": return percent;
    case "money": return money;
    case "duration": return duration;
    case "points": return (value) => days.format(100 * value);
    default: return (value) => number.format(value);
  }
}

/** Days; what is shorter in the unit in which people say it. */
function duration(value: number): string {
  const size = Math.abs(value);
  if (size >= 1 || size === 0) return `${days.format(value)} d`;
  if (size >= 1 / 24) return `${days.format(24 * value)} h`;
  return size >= 1 / 1440 ? `${days.format(1440 * value)} min` : `${days.format(86_400 * value)} s`;
}

type CurvePoint = NonNullable<MetricValue["curve"]>[number];

const WHY: Record<string, string> = {
  immature: "maturing", hidden: "too few people", mixed_currencies: "several currencies", empty: "—",
};

/** The value, or why there is none. */
export function shown(value: MetricValue | undefined, format: string): string {
  if (value?.value == null) return WHY[value?.state ?? "empty"] ?? "—";
  const text = written(format)(value.value);
  return value.state === "below_minimum" ? `${text} (few)` : text;
}

/** What it was computed from, in words; where it is little, how much it would have to be. */
export function basis(value: MetricValue | undefined, format: string, minimum = 0): string {
  if (!value || value.state === "hidden") return "";
  const few = value.state === "below_minimum" && minimum > 0;
  const parts = [few ? `n ${count(value.n)} of the ${count(minimum)} it needs` : `n ${count(value.n)}`];
  if (value.low != null && value.high != null) {
    const write = written(format);
    parts.push(`95 % ${write(value.low)} to ${write(value.high)}`);
  }
  if (value.immature > 0) parts.push(`${count(value.immature)} maturing until ${value.mature_at ? date(value.mature_at) : "later"}`);
  if (value.note) parts.push(value.note);
  return parts.join(", ");
}

/** The same in few words, for tables of many. */
export function brief(value: MetricValue | undefined, format: string, minimum = 0): string {
  if (!value || value.state === "hidden") return "";
  const few = value.state === "below_minimum" && minimum > 0 ? ` of ${count(minimum)}` : "";
  const write = written(format);
  const range = value.low != null && value.high != null ? `, ${write(value.low)} to ${write(value.high)}` : "";
  return `n ${count(value.n)}${few}${range}`;
}

export const changed = (value: MetricValue | undefined): string =>
  value?.value == null ? "" : change(value.relative_change ?? null);

/** The name of a row: its dimensions, or the whole. */
export const nameOf = (row: MetricRow): string =>
  row.dimensions.map((one) => one ?? "not known").join(" · ") || "All";

const place = (row: MetricRow) => row.time ?? (row.age == null ? null : `age ${row.age}`);

/** A curve at equal distances, since places on the axis are. */
function evenly(curve: readonly CurvePoint[]): Point[] {
  const last = Math.ceil(curve.at(-1)?.days ?? 0);
  const step = Math.max(1, Math.ceil(last / 60));
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => {
    const point = curve.findLast(({ days: day }) => day <= index * step);
    return { x: `day ${index * step}`, y: point?.reached ?? 0, low: point?.low ?? 0, high: point?.high ?? 0 };
  });
}

/** Lines of one metric over time or age, for the first few combinations; without a split also those of
 * the periods it is compared with. */
export function lines(answer: MetricAnswer, metric: string, format: string): Series | null {
  const rows = answer.rows.filter((row) => place(row) !== null);
  const curve = answer.total[metric]?.now.curve ?? [];
  const write = written(format);
  if (curve.length > 0) {
    return { kind: "band", unit: "", format: percent, lines: [{ name: "Reached", points: evenly(curve) }] };
  }
  if (rows.length === 0) return null;
  const names = [...new Set(rows.map(nameOf))].slice(0, 4);
  const all: Line[] = names.map((name) => ({
    name,
    points: rows.filter((row) => nameOf(row) === name).map((row) => {
      const now = row.metrics[metric]?.now;
      return { x: place(row) ?? "", y: now?.value ?? null, low: now?.low ?? null, high: now?.high ?? null, open: (now?.immature ?? 0) > 0 };
    }),
  }));
  if (names.length > 1 || answer.dimensions.length > 0) return { kind: "band", unit: "", format: write, lines: all };
  const others = answer.compared.map(({ name }) => ({
    name: name.replaceAll("_", " "),
    points: rows.map((row) => ({ x: place(row) ?? "", y: row.metrics[metric]?.compared[name]?.value ?? null })),
  }));
  const label = answer.metrics.find((one) => one.name === metric)?.label ?? "This period";
  return { kind: "band", unit: "", format: write, lines: [...all.map((line) => ({ ...line, name: label })), ...others] };
}
