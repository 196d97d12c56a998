// Resources as files: what people read and change.
import { stringify, type Pair } from "yaml";
import type { Schema } from "@/api/client";

type Version = Pick<Schema["ResourceVersion"], "kind" | "name" | "spec" | "metadata">;

/** What it is called comes first; the rest stays as the server sorts it. */
const sortMapEntries = (one: Pair, other: Pair) => Number(String(other.key) === "name") - Number(String(one.key) === "name");

/** A resource as YAML; the half of the loop is not people's to write. */
export function asYaml({ kind, name, spec, metadata }: Version): string {
  const all = { name, ...(metadata as Record<string, unknown> | null) };
  return stringify({ apiVersion: "gyre/v1", kind, metadata: all, spec }, { lineWidth: 100, sortMapEntries });
}

export const asFile = (version: Version) => ({
  name: `${version.kind.toLowerCase()}-${version.name}.yaml`,
  text: asYaml(version),
});
