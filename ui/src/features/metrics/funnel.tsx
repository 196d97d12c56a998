// A funnel of one's own: steps picked from the names of events.
import { getRouteApi } from "@tanstack/react-router";
import { useFunnel, type FunnelQuestion } from "@/api/boards";
import { useMetrics, useValues } from "@/api/metrics";
import { useStatus } from "@/api/server";
import { useChange } from "@/features/metrics/controls";
import { FunnelTable } from "@/ui/answer/funnel";
import { Button } from "@/ui/button";
import { CopyLink } from "@/ui/copy-link";
import { SelectField } from "@/ui/field";
import { span } from "@/ui/format";
import { Filtered, Look } from "@/ui/look";
import { Frame, Nothing, Panel } from "@/ui/panel";
import { comparedOf, rangeOf } from "@/ui/question";
import { filtersOf } from "@/ui/where";

const route = getRouteApi("/app/metrics");
const MOST = 10;
const WINDOWS = ["1h", "1d", "7d", "14d", "30d", "90d"];

/** Between bars, since names of events have commas. */
const stepsOf = (text: string | undefined) => (text ?? "").split("|").filter((step) => step !== "");

export function Funnel() {
  const asked = route.useSearch();
  const change = useChange();
  const navigate = route.useNavigate();
  const today = useStatus().data?.now;
  const steps = stepsOf(asked.steps);
  const names = useValues("event");
  const fields = useMetrics().data?.metrics.find(({ name }) => name === "events")?.dimensions ?? [];
  const set = (steps: readonly string[]) => void navigate({ search: (before) => ({ ...before, steps: steps.join("|") || undefined }), replace: true });
  const filters = filtersOf(asked.where).filter(({ field }) => fields.includes(field));
  const question: FunnelQuestion = {
    steps: steps.map((event) => ({ event })),
    window: asked.window ?? "7d",
    time: { range: rangeOf(asked.range ?? "28d"), compare: asked.range === "all" ? [] : comparedOf(asked), zone: asked.zone },
    filters,
  };
  const answer = useFunnel(question, steps.length > 1);
  return (
    <>
      <Frame title="Steps" note="People who took them one after another, the first within the range">
        <div className="flex flex-col gap-4">
          <Look looked={asked} today={today} fields={fields.filter((name) => name !== "event")} onChange={change}>
            <SelectField label="Add a step" value="" disabled={steps.length >= MOST} onChange={({ target }) => set([...steps, target.value])}>
              <option value="">Choose an event …</option>
              {names.map((name) => <option key={name}>{name}</option>)}
            </SelectField>
            <SelectField label="Within" value={asked.window ?? "7d"} onChange={({ target }) => void navigate({ search: (before) => ({ ...before, window: target.value }), replace: true })}>
              {WINDOWS.map((window) => <option key={window} value={window}>{span(window)}</option>)}
            </SelectField>
          </Look>
          <ol className="flex flex-wrap items-center gap-2" aria-label="Steps in their order">
            {steps.map((step, index) => (
              <li key={`${index} ${step}`} className="flex items-center gap-2">
                {index > 0 && <span aria-hidden="true" className="text-muted">→</span>}
                <Button className="text-xs" onClick={() => set(steps.filter((_, at) => at !== index))}>
                  {index + 1}. {step} <span aria-hidden>×</span><span className="sr-only">take away</span>
                </Button>
              </li>
            ))}
          </ol>
          {filters.length > 0 && <ul className="flex flex-wrap gap-2" aria-label="Filters"><Filtered looked={asked} onChange={change} /></ul>}
        </div>
      </Frame>
      {steps.length < 2 ? (
        <Frame title="Funnel"><Nothing>{names.length === 0 ? "No event has come in yet." : "Add two steps to begin."}</Nothing></Frame>
      ) : (
        <Panel title="Funnel" query={answer} aside={<CopyLink />}>
          {(found) => <FunnelTable answer={found} caption={`Funnel: ${steps.join(", ")}`} />}
        </Panel>
      )}
    </>
  );
}
