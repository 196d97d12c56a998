// Values of features and properties, as people read them.
import { brief } from "@/ui/diff";
import { dateTime } from "@/ui/format";

export const known = (value: unknown): string =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? dateTime(value) : brief(value);

/** What is longer is a token or a text, and is left to the details. */
const LONG = 40;

/** The first few properties in one line; what does not fit is left to the details. */
export function inShort(properties: unknown, most = 3): string {
  if (typeof properties !== "object" || properties === null) return "";
  return Object.entries(properties)
    .filter(([, value]) => value !== null && typeof value !== "object" && String(value).length <= LONG)
    .slice(0, most)
    .map(([name, value]) => `${name} ${known(value)}`)
    .join(" · ");
}
