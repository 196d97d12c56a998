// What tracking plans counted, the newest violations, and a plan made from what comes in.
import { useInferPlan, usePlanCounts, useViolations } from "@/api/quality";
import { useMay } from "@/api/session";
import { Result } from "@/features/sql/result";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { count, words } from "@/ui/format";
import { Failure, Loaded, Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

const TONES: Record<string, Tone> = { checked: "plain", mended: "accent", dropped: "warn", violation: "bad" };

export function Plans() {
  const counts = usePlanCounts();
  const infer = useInferPlan();
  const may = useMay("query");
  const make = may && <Button onClick={() => infer.mutate()} disabled={infer.isPending}>Make one from what comes in</Button>;
  const none = <Nothing>No tracking plan is applied, so every event is taken as it comes.</Nothing>;
  return (
    <Panel title="Tracking plans" note="What was held against a plan, mended, dropped or found wrong" aside={make} query={counts} empty={({ counts }) => (counts.length === 0 && !infer.data && !infer.error ? none : null)}>
      {({ counts }) => (
        <div className="flex flex-col gap-4">
          {infer.error && <Failure error={infer.error} />}
          {infer.data && <pre className="max-h-96 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs" tabIndex={0} aria-label="A plan made from what comes in">{infer.data.yaml}</pre>}
          {counts.length > 0 && (
            <Table
              caption="What tracking plans counted"
              rows={counts}
              id={({ plan, event, what, rule, property }) => [plan, event, what, rule, property].join(" ")}
              columns={[
                { head: "Event", cell: ({ event }) => event },
                { head: "Plan", cell: ({ plan }) => plan },
                { head: "What", cell: ({ what }) => <Badge tone={TONES[what]}>{what}</Badge> },
                { head: "Rule", cell: ({ rule }) => words(rule ?? "") },
                { head: "Property", cell: ({ property }) => property && <code>{property}</code> },
                { head: "Times", number: true, cell: ({ count: times }) => count(times) },
              ]}
            />
          )}
        </div>
      )}
    </Panel>
  );
}

/** Properties that a plan promotes: columns of views that SQL reads like tables. */
export function Columns() {
  const plans = usePlanCounts();
  if (!plans.data?.columns.length) return null;
  return (
    <Panel title="Columns for SQL" note="Properties that plans promote, with the view that has them" query={plans} empty={() => null}>
      {({ columns }) => (
        <Table
          caption="Promoted columns"
          rows={columns}
          id={({ view, column }) => `${view} ${column}`}
          columns={[
            { head: "View", cell: ({ view }) => <code>{view}</code> },
            { head: "Column", cell: ({ column }) => <code>{column}</code> },
            { head: "Type", cell: ({ type }) => type },
            { head: "Property", cell: ({ property }) => <code>{property}</code> },
            { head: "Plan", cell: ({ plan }) => plan },
            { head: "What it is", long: true, cell: ({ description }) => description ?? "" },
          ]}
        />
      )}
    </Panel>
  );
}

export function Violations() {
  const violations = useViolations();
  if (!violations.data?.rows.length) return null;
  return <Loaded query={violations}>{(rows) => <Result rows={rows} title="The newest violations, with samples" />}</Loaded>;
}
