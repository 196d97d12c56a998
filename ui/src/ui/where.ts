// Filters as they stand in the address: `channel=email|in_app`, several between semicolons.
import type { MetricQuestion } from "@/api/metrics";

export interface Where {
  field: string;
  values: string[];
}

/** What separates, where it stands in a value. */
const ESCAPED: Record<string, string> = { "%": "%25", ";": "%3B", "|": "%7C", "=": "%3D" };
const escape = (text: string) => text.replace(/[%;|=]/g, (one) => ESCAPED[one] ?? one);

export function readWhere(text: string | undefined): Where[] {
  return (text ?? "").split(";").flatMap((one) => {
    const [field = "", values = ""] = one.split("=", 2);
    const all = values.split("|").filter((value) => value !== "").map(unescape);
    return field !== "" && all.length > 0 ? [{ field, values: all }] : [];
  });
}

function unescape(text: string): string {
  return Object.entries(ESCAPED).reduceRight((read, [plain, written]) => read.replaceAll(written, plain), text);
}

export const writeWhere = (all: readonly Where[]): string | undefined =>
  all.map(({ field, values }) => `${field}=${values.map(escape).join("|")}`).join(";") || undefined;

/** With one more value; values of one field are one filter. */
export function withValue(text: string | undefined, field: string, value: string): string | undefined {
  const all = readWhere(text);
  const same = all.find((one) => one.field === field);
  if (!same) return writeWhere([...all, { field, values: [value] }]);
  if (same.values.includes(value)) return text;
  return writeWhere(all.map((one) => (one === same ? { field, values: [...one.values, value] } : one)));
}

/** Without a field. */
export const withoutField = (text: string | undefined, field: string): string | undefined =>
  writeWhere(readWhere(text).filter((one) => one.field !== field));

export const filtersOf = (text: string | undefined): NonNullable<MetricQuestion["filters"]> =>
  readWhere(text).map(({ field, values }) => ({ field, op: "in", values }));
