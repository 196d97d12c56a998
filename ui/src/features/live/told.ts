// What came, for mending: laid out where it is JSON, as it is otherwise.
export function told(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}
