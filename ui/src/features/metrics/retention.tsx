// Cohorts by age: who comes back, or what they have brought in by then.
import { getRouteApi } from "@tanstack/react-router";
import { useMetricAnswer, useMetrics, type MetricQuestion } from "@/api/metrics";
import { useStatus } from "@/api/server";
import { useChange } from "@/features/metrics/controls";
import { AnswerFoot } from "@/ui/answer/foot";
import { Heat } from "@/ui/answer/heat";
import { Lines } from "@/ui/answer/lines";
import { CopyLink } from "@/ui/copy-link";
import { SelectField } from "@/ui/field";
import { Filtered, Look } from "@/ui/look";
import { Frame, Nothing, Panel } from "@/ui/panel";
import { rangeOf } from "@/ui/question";
import { filtersOf } from "@/ui/where";

const route = getRouteApi("/app/metrics");
/** Cohorts and ages of the same length, so that the triangle has its shape. */
const UNITS = { day: "Days", week: "Weeks", month: "Months" } as const;
const AGES = { day: 30, week: 12, month: 12 } as const;

export function Retention() {
  const asked = route.useSearch();
  const change = useChange();
  const navigate = route.useNavigate();
  const today = useStatus().data?.now;
  const cohorts = useMetrics().data?.metrics.filter(({ type, status }) => status === "ready" && (type === "retention" || type === "cohort_cumulative")) ?? [];
  const metric = cohorts.find(({ name }) => name === asked.of) ?? cohorts[0];
  const unit = asked.unit ?? "month";
  const range = asked.range === "all" ? "36mo" : (asked.range ?? "12mo");
  const filters = filtersOf(asked.where).filter(({ field }) => metric?.dimensions.includes(field));
  const time = { range: rangeOf(range), zone: asked.zone };
  const common: MetricQuestion = { metrics: metric ? [metric.name] : [], filters, cohort: { age_unit: unit, max_age: AGES[unit] } };
  const triangle = useMetricAnswer({ ...common, time: { ...time, grain: unit } });
  const curve = useMetricAnswer({ ...common, time });
  const set = (next: object) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  const nothing = <Nothing>Nobody became a customer in this period.</Nothing>;
  return (
    <>
      <Frame title="Question">
        <div className="flex flex-col gap-3">
          <Look looked={asked} alone range="12mo" today={today} fields={metric?.dimensions ?? []} onChange={change}>
            <SelectField label="Metric" value={metric?.name ?? ""} onChange={({ target }) => set({ of: target.value })}>
              {cohorts.map(({ name, label }) => <option key={name} value={name}>{label}</option>)}
            </SelectField>
            <SelectField label="Cohorts and ages" value={unit} onChange={({ target }) => set({ unit: target.value })}>
              {Object.entries(UNITS).map(([name, label]) => <option key={name} value={name}>{label}</option>)}
            </SelectField>
          </Look>
          {filters.length > 0 && <ul className="flex flex-wrap gap-2" aria-label="Filters"><Filtered looked={asked} onChange={change} /></ul>}
        </div>
      </Frame>
      <Panel title={metric?.label ?? "Cohorts"} note="Cohorts from top to bottom, their age from left to right. Ages that a cohort could not reach yet are empty." query={triangle} height="h-80" aside={<CopyLink />} empty={({ rows }) => (rows.length === 0 ? nothing : null)}>
        {(answer) => answer.metrics[0] && <><Heat answer={answer} metric={answer.metrics[0]} caption={`${answer.metrics[0].label} by cohort and age`} /><AnswerFoot answer={answer} /></>}
      </Panel>
      <Panel title="All cohorts together" query={curve} height="h-80" empty={({ rows }) => (rows.length === 0 ? nothing : null)}>
        {(answer) => answer.metrics[0] && <><Lines answer={answer} metric={answer.metrics[0]} title={answer.metrics[0].label} /><AnswerFoot answer={answer} /></>}
      </Panel>
    </>
  );
}
