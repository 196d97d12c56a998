// What stands for $1, $2, … in a question.

/** The highest hole of a question; 0 when there is none. Texts in quotes do not count. */
export function holes(sql: string): number {
  const bare = sql.replaceAll(/'(?:[^']|'')*'/g, "");
  return Math.max(0, ...[...bare.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
}

export function readParameters(text: string): unknown[] {
  if (text.trim() === "") return [];
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Error('the parameters are no JSON; write a list, for example ["main", 3]');
  }
  if (!Array.isArray(read)) throw new Error('the parameters are no list; write one, for example ["main", 3]');
  return read;
}
