// The rows of an answer by two keys: what stands at the sides of a heat map, and what in its cells.
import type { MetricAnswer, MetricRow, MetricValue } from "@/api/metrics";
import { date, dayOf } from "@/ui/format";

export interface Grid {
  /** What the rows and the columns are. */
  heads: [string, string];
  rows: string[];
  columns: string[];
  at: (row: string, column: string) => MetricValue | undefined;
  /** From 0, none or the least, to 6. */
  level: (value: MetricValue | undefined) => number;
  /** What people read of a key. */
  word: (head: string, key: string) => string;
}

const WEEKDAYS = ["", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LEVELS = 6;

function word(head: string, key: string): string {
  if (head === "weekday") return WEEKDAYS[Number(key)] ?? key;
  if (head === "hour_of_day") return key.padStart(2, "0");
  if (head === "time") return /^\d{4}-\d{2}-\d{2}$/.test(key) ? dayOf(date(key)) + key.replace(/^\d\d(\d\d).*/, " ’$1") : key.replace("T", " ");
  return key;
}

/** As numbers where they are; what is not known stands last. */
function sorted(keys: Iterable<string>): string[] {
  const place = (key: string) => (key === "not known" ? Infinity : Number(key));
  return [...new Set(keys)].sort((one, other) => {
    const [a, b] = [place(one), place(other)];
    return Number.isNaN(a) || Number.isNaN(b) ? one.localeCompare(other) : a - b;
  });
}

/** Both keys of a row: cohorts by age, dimensions by time, or two dimensions. */
function keys(answer: MetricAnswer): { heads: [string, string]; of: (row: MetricRow) => [string, string] } {
  const named = (row: MetricRow, index: number) => row.dimensions[index] ?? "not known";
  const [first = "what", second = "what"] = answer.dimensions;
  if (answer.dimensions.length >= 2) return { heads: [first, second], of: (row) => [named(row, 0), named(row, 1)] };
  const aged = answer.rows.some(({ age }) => age != null);
  const timed = answer.grain !== "none";
  if (aged && timed) return { heads: ["time", "age"], of: (row) => [row.time ?? "", String(row.age ?? "")] };
  if (aged) return { heads: [first, "age"], of: (row) => [named(row, 0), String(row.age ?? "")] };
  return { heads: [first, "time"], of: (row) => [named(row, 0), row.time ?? ""] };
}

export function gridOf(answer: MetricAnswer, metric: string): Grid {
  const { heads, of } = keys(answer);
  const cells = new Map<string, MetricValue>();
  for (const row of answer.rows) {
    const now = row.metrics[metric]?.now;
    if (now) cells.set(of(row).join("\n"), now);
  }
  const values = [...cells.values()].flatMap(({ value, state }) => (value == null || state !== "ok" ? [] : [value]));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    heads,
    rows: sorted(answer.rows.map((row) => of(row)[0])),
    columns: sorted(answer.rows.map((row) => of(row)[1])),
    at: (row, column) => cells.get(`${row}\n${column}`),
    level: (value) => {
      if (value?.value == null || value.state !== "ok") return 0;
      return most > least ? 1 + Math.round(((LEVELS - 1) * (value.value - least)) / (most - least)) : 3;
    },
    word,
  };
}
