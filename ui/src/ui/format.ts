// Numbers and times as people read them. Times are shown in UTC, like the tables of the lake.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const two = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const dateFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const timeFormat = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC",
});

const NONE = "—";
type Maybe = number | null | undefined;

const known = (value: Maybe): value is number => typeof value === "number" && Number.isFinite(value);

export const count = (value: Maybe) => (known(value) ? whole.format(value) : NONE);
export const money = (value: Maybe) => (known(value) ? two.format(value) : NONE);
export const percent = (value: Maybe) => (known(value) ? `${one.format(value * 100)} %` : NONE);

/** Nothing of nothing is not 0 %. */
export const ratio = (part: Maybe, of: Maybe): number | null => (known(part) && known(of) && of > 0 ? part / of : null);

/** With its sign; what is shown as zero has none. */
function signed(text: string, value: number): string {
  if (!/[1-9]/.test(text)) return text.replace("-", "");
  return value > 0 ? `+${text}` : text.replace("-", "−");
}

/** A difference of shares, in percentage points. */
export const points = (value: Maybe) => (known(value) ? signed(one.format(value * 100), value) : NONE);
export const delta = (value: Maybe) => (known(value) ? signed(two.format(value), value) : NONE);
export const change = (value: Maybe) => (known(value) ? signed(`${one.format(value * 100)} %`, value) : NONE);

export const date = (text: string | null | undefined) => (text ? dateFormat.format(new Date(text)) : NONE);
export const dateTime = (text: string | null | undefined) => (text ? `${timeFormat.format(new Date(text))} UTC` : NONE);

/** From one day to another; the year is said once where it is one. */
export function dates(from: string, to: string): string {
  const [begun, ended] = [date(from), date(to)];
  const year = / \d{4}$/;
  return `${year.exec(begun)?.[0] === year.exec(ended)?.[0] ? begun.replace(year, "") : begun} – ${ended}`;
}

/** A date without its year, for axes. */
export const dayOf = (date: string) => date.replace(/ \d{4}$/, "");

const UNITS: Record<string, string> = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };

/** `28d` is a span as resources write it; people read “28 days”. */
export function span(text: string | undefined): string {
  const [, n = "", unit = ""] = /^(\d+)([smhdw])$/.exec(text ?? "") ?? [];
  return UNITS[unit] ? plural(Number(n), UNITS[unit]) : (text ?? NONE);
}

/** `free_shipping` is a name; people read “free shipping”. */
export const words = (name: string) => name.replaceAll("_", " ");

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Bytes as limits are set: in whole KiB or MiB where they are. */
export function bytes(n: number): string {
  const [unit, size] = n >= 1 << 20 ? ["MiB", 1 << 20] : n >= 1 << 10 ? ["KiB", 1 << 10] : ["bytes", 1];
  const value = n / Number(size);
  return `${(Number.isInteger(value) ? whole : one).format(value)} ${unit}`;
}
