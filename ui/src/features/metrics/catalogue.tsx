// The catalogue: every metric, what it means, and how it is computed.
import { getRouteApi } from "@tanstack/react-router";
import { useMetric, useMetrics, type Metric } from "@/api/metrics";
import { useMay } from "@/api/session";
import { Define } from "@/features/metrics/define";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Frame, Loaded, Nothing, Panel } from "@/ui/panel";
import { ResourceEditor } from "@/ui/resource-editor";
import { Table } from "@/ui/table";
import { words } from "@/ui/format";

const route = getRouteApi("/app/metrics");

const fits = (metric: Metric, wanted: string) =>
  [metric.name, metric.label, metric.description ?? "", ...((metric.definition["synonyms"] as string[] | undefined) ?? [])]
    .some((text) => text.toLowerCase().includes(wanted.toLowerCase()));

export function Catalogue() {
  const navigate = route.useNavigate();
  const { q = "", metric = "", define } = route.useSearch();
  const may = useMay("write");
  const metrics = useMetrics();
  const open = (name: string | undefined) => void navigate({ search: (before) => ({ ...before, metric: name, define: undefined }) });
  return (
    <>
      {define && may && <Define onClose={() => open(undefined)} onDone={open} />}
      {metric !== "" && <Definition name={metric} onClose={() => open(undefined)} />}
      <Panel
        title="Metrics"
        note="One definition each, the same through every door."
        query={metrics}
        aside={
          <div className="flex flex-wrap items-center gap-2">
            <TextField
              label="Find a metric" hidden placeholder="Find a metric" type="search" value={q}
              onChange={(event) => void navigate({ search: (before) => ({ ...before, q: event.target.value || undefined }), replace: true })}
            />
            {may && <Button onClick={() => void navigate({ search: (before) => ({ ...before, metric: undefined, define: "yes" as const }) })}>Define a metric</Button>}
          </div>
        }
      >
        {({ metrics }) => {
          const found = metrics.filter((one) => fits(one, q));
          if (found.length === 0) return <Nothing>No metric is called that.</Nothing>;
          return (
            <Table
              caption="Metrics"
              rows={found}
              id={({ name }) => name}
              columns={[
                { head: "Metric", cell: ({ name, label }) => <button type="button" className="py-0.5 font-medium text-accent underline" onClick={() => open(name)}>{label}</button> },
                { head: "Name", cell: ({ name }) => <code>{name}</code> },
                { head: "What it is", long: true, cell: ({ description }) => description },
                { head: "Type", cell: ({ type }) => words(type) },
                { head: "Evidence", cell: ({ evidence }) => <Badge tone={evidence === "experiment" ? "good" : evidence === "attributed" ? "warn" : "plain"}>{evidence}</Badge> },
                { head: "Version", number: true, cell: ({ version }) => version },
                { head: "Status", cell: ({ status, built_in }) => (status === "ready" ? (built_in ? "built in" : "applied") : <Badge tone="warn">not yet</Badge>) },
              ]}
            />
          );
        }}
      </Panel>
    </>
  );
}

function Definition({ name, onClose }: { name: string; onClose: () => void }) {
  const navigate = route.useNavigate();
  const metric = useMetric(name);
  const explore = () => void navigate({ search: (before) => ({ ...before, tab: "explore" as const, m: name, by: undefined, where: undefined }) });
  return (
    <Frame title={metric.data?.label ?? name} note={<code>{name}</code>} aside={<Button onClick={onClose}>Close</Button>}>
      <Loaded query={metric}>
        {(one) => (
          <div className="flex flex-col gap-3">
            <p>{one.description}</p>
            {one.needs && <p className="text-warn">It cannot be computed yet: it needs {one.needs}.</p>}
            <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
              {[
                ["Type", words(one.type)],
                ["Version", String(one.version)],
                ["Owner", text(one.definition["owner"])],
                ["Counts once", one.additive ? "rows add up to the total" : "rows do not add up to the total"],
                ["Split by", one.dimensions.map(words).join(", ")],
                ["Used by", one.used_by.map(words).join(", ")],
                ["Also called", list(one.definition["synonyms"]).join(", ")],
              ].filter(([, value]) => value !== "").map(([head, value]) => (
                <div key={head} className="contents">
                  <dt className="text-muted">{head}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
            {list(one.definition["pitfalls"]).map((pitfall) => <p key={pitfall} className="text-sm text-muted">{pitfall}</p>)}
            {one.status === "ready" && <div><Button look="main" onClick={explore}>Explore</Button></div>}
            {!one.built_in && <ResourceEditor kind="Metric" name={name} />}
            {one.sql.length > 0 && (
              <details>
                <summary className="cursor-pointer py-1 text-sm font-medium">SQL of the last 30 days</summary>
                <pre tabIndex={0} className="mt-2 max-h-96 overflow-auto rounded-md bg-sunken p-3 text-xs">{one.sql.join(";\n\n")}</pre>
              </details>
            )}
          </div>
        )}
      </Loaded>
    </Frame>
  );
}

const text = (value: unknown) => (typeof value === "string" ? value : "");
const list = (value: unknown) => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);
