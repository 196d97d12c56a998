// Resources as files: what people read and change.
import { stringify } from "yaml";
import type { Schema } from "@/api/client";

type Version = Pick<Schema["ResourceVersion"], "kind" | "name" | "spec" | "metadata">;

/** A resource as YAML; the half of the loop is not people's to write. */
export function asYaml({ kind, name, spec, metadata }: Version): string {
  const all = { name, ...(metadata as Record<string, unknown> | null) };
  return stringify({ apiVersion: "gyre/v1", kind, metadata: all, spec }, { lineWidth: 100 });
}

export const asFile = (version: Version) => ({
  name: `${version.kind.toLowerCase()}-${version.name}.yaml`,
  text: asYaml(version),
});
