// What to put into a shop or site, so that its events come here.

export interface SourceSpec {
  type?: string;
  enabled?: boolean;
  write_keys?: string[];
}

export function snippet({ type, write_keys = [] }: SourceSpec, host: string): string {
  const key = write_keys[0] ?? "YOUR-WRITE-KEY";
  if (type === "browser") {
    return `import { AnalyticsBrowser } from "@segment/analytics-next";

export const analytics = AnalyticsBrowser.load(
  { writeKey: "${key}", cdnSettings: { integrations: { "Segment.io": {} } } },
  { integrations: { "Segment.io": { apiHost: "${host.replace(/^https?:\/\//, "")}/v1" } } },
);

analytics.track("Order Completed", { revenue: 40 });`;
  }
  return `curl ${host}/v1/batch \\
  -u '${key}:' \\
  -d '{"batch": [{
        "type": "track",
        "userId": "ada",
        "event": "Order Completed",
        "properties": {"revenue": 40, "margin": 18}
      }]}'`;
}

/** A key that nobody guesses. */
export function newKey(name: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `${name}-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export const sourceFile = (name: string, type: string, key: string) => ({
  name: `source-${name}.yaml`,
  text: `apiVersion: gyre/v1\nkind: Source\nmetadata:\n  name: ${name}\nspec:\n  type: ${type}\n  write_keys: [${key}]\n`,
});
