// Templates with their defaults filled in, to be looked at. The server renders what is sent.

const TAG = /\{\{\s*([\w.]+)\s*(?:\|([^}]*))?\}\}/g;

/** `{{ person.first_name | default: "Hello" }}` becomes Hello; without a default, the name in brackets. */
export function fill(template: string): string {
  return template.replace(TAG, (_, name: string, filters: string | undefined) => {
    const given = filters?.match(/default:\s*"([^"]*)"/);
    return given?.[1] ?? `[${name.split(".").pop()?.replaceAll("_", " ")}]`;
  });
}
