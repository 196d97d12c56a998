// A mapping for a plain file: one event a row.
import { stringify } from "yaml";
import type { Format } from "@/features/imports/file";

export interface Plain {
  name: string;
  format: Format;
  user: string;
  event: string;
  /** A column with RFC 3339 times, or nothing for `at`. */
  time?: string;
  at: string;
  properties: string[];
}

/** A name of a resource, from the name of a file. */
export function nameOf(file: string): string {
  const name = file.toLowerCase().replace(/\.[^.]*$/, "").replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "");
  return /^[a-z]/.test(name) ? name : `import_${name}`.replace(/_$/, "");
}

export function mappingFile({ name, format, user, event, time, at, properties }: Plain) {
  const source = { apiVersion: "gyre/v1", kind: "Source", metadata: { name }, spec: { type: "import", write_keys: [] } };
  const extracts = Object.fromEntries(properties.map((column) => [nameOf(column), { column }]));
  const spec = {
    source: name,
    format,
    ...(format === "csv" ? { csv: { header: true } } : {}),
    required: [user],
    person: { user_id: { column: user } },
    at: time ? { column: time } : { value: at },
    records: [{ event: { name: { value: event }, ...(properties.length > 0 ? { properties: extracts } : {}) } }],
  };
  const mapping = { apiVersion: "gyre/v1", kind: "Mapping", metadata: { name }, spec };
  return { name: `mapping-${name}.yaml`, text: `${stringify(source)}---\n${stringify(mapping)}` };
}
