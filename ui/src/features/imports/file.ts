// A file as rows: CSV with a header line, or one JSON object a line. Which it is, its name says.
import type { ImportRow } from "@/api/collect";
import { sheet } from "@/features/imports/csv";

export type Format = "csv" | "jsonl";

export interface Rows {
  format: Format;
  columns: string[];
  rows: ImportRow[];
}

export const ACCEPTED = ".csv,.jsonl,.ndjson,text/csv,application/x-ndjson";

const PLENTY = 200;

/** A row with another number of values than the header is kept, and says so. */
function fromCsv(text: string): Rows {
  const { columns, rows } = sheet(text);
  return {
    format: "csv",
    columns,
    rows: rows.map(({ values, raw }, index) => {
      const line = index + 1;
      if (values.length !== columns.length) {
        return { line, raw, values: {}, malformed: `it has ${values.length} values, the header has ${columns.length}` };
      }
      return { line, raw, values: Object.fromEntries(columns.map((column, at) => [column, values[at]])) };
    }),
  };
}

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function object(line: number, raw: string): ImportRow {
  try {
    const values: unknown = JSON.parse(raw);
    return isObject(values) ? { line, raw, values } : { line, raw, values: {}, malformed: "the line is not a JSON object" };
  } catch (why) {
    return { line, raw, values: {}, malformed: `the line is not JSON: ${why instanceof Error ? why.message : String(why)}` };
  }
}

/** `{a: {b: 1}}` has the column `a.b`, as mappings name it. */
function names(value: Fields, before = ""): string[] {
  return Object.entries(value).flatMap(([name, one]) => (isObject(one) ? names(one, `${before}${name}.`) : [before + name]));
}

/** Empty lines count and are passed over, as by the command line. */
function fromLines(text: string): Rows {
  const rows = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [object(index + 1, line.trim())]));
  // The first rows say which columns there are; a column that comes later can be written into the mapping.
  const columns = [...new Set(rows.slice(0, PLENTY).flatMap(({ values }) => names(values as Fields)))];
  return { format: "jsonl", columns, rows };
}

export const readRows = (name: string, text: string): Rows =>
  /\.(jsonl|ndjson)$/i.test(name) ? fromLines(text) : fromCsv(text);

/** The value of a column, as text to look at. */
export function shown({ values }: ImportRow, column: string): string {
  const value = (values as Fields)[column] ?? column.split(".").reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), values);
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
