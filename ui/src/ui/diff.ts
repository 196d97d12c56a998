// What differs between two values of JSON, value by value. Items that have a name go by it.

export interface Difference {
  path: string;
  before?: unknown;
  after?: unknown;
}

type Entries = Map<string, unknown>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function named(value: unknown[]): Entries | null {
  const names = value.map((item) => (isObject(item) ? item["name"] : undefined));
  if (!names.every((name): name is string => typeof name === "string")) return null;
  return new Map(names.map((name, index) => [`[${name}]`, value[index]]));
}

function entries(value: unknown): Entries | null {
  if (Array.isArray(value)) return value.length > 0 ? named(value) : null;
  return isObject(value) ? new Map(Object.entries(value).map(([name, item]) => [`.${name}`, item])) : null;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (same(before, after)) return [];
  const [left, right] = [entries(before), entries(after)];
  // What comes or goes whole is shown by its parts, too: each part is one line.
  if ((left && right) || (left && after == null) || (right && before == null)) {
    const names = new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])]);
    return [...names].flatMap((name) => differences(left?.get(name), right?.get(name), path + name));
  }
  return [{ path: path.replace(/^\./, ""), before, after }];
}

/** A value in few words. */
export function brief(value: unknown): string {
  if (value === undefined || value === null) return "—";
  if (typeof value === "number") return `${Number(value.toFixed(3))}`;
  return typeof value === "string" ? value : JSON.stringify(value);
}
