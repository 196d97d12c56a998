// What is asked: metrics, split, period, and filters. All of it stands in the address.
import { getRouteApi } from "@tanstack/react-router";
import { useStatus } from "@/api/server";
import type { Metric } from "@/api/metrics";
import { Button } from "@/ui/button";
import { SelectField } from "@/ui/field";
import { words } from "@/ui/format";
import { Filtered, Look } from "@/ui/look";
import { Frame } from "@/ui/panel";
import { GRAINS, dimensionsOf, metricsOf, type Asked, type GrainName } from "@/ui/question";

const route = getRouteApi("/app/metrics");
const MOST = 6;

export function useChange() {
  const navigate = route.useNavigate();
  return (next: Partial<Asked>) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
}

export function Controls({ metrics }: { metrics: readonly Metric[] }) {
  const asked = route.useSearch();
  const change = useChange();
  const today = useStatus().data?.now;
  const chosen = metricsOf(asked);
  const split = dimensionsOf(asked);
  const known = metrics.filter(({ name }) => chosen.includes(name));
  const shared = known.reduce<string[] | null>((all, one) => (all ? all.filter((name) => one.dimensions.includes(name)) : [...one.dimensions]), null) ?? [];
  const splitBy = (index: number, name: string) => change({ by: split.with(index, name).filter((one) => one !== "").join(",") || undefined });
  return (
    <Frame title="Question">
      <Look looked={asked} today={today} fields={shared} onChange={change}>
        <SelectField label="Add a metric" value="" disabled={chosen.length >= MOST} onChange={({ target }) => change({ m: [...chosen, target.value].join(",") })}>
          <option value="">Choose …</option>
          {metrics.filter(({ name }) => !chosen.includes(name)).map(({ name, label }) => <option key={name} value={name}>{label}</option>)}
        </SelectField>
        <SelectField label="Split by" value={split[0] ?? ""} onChange={({ target }) => (split.length > 0 ? splitBy(0, target.value) : change({ by: target.value || undefined }))}>
          <option value="">Nothing</option>
          {shared.map((name) => <option key={name} value={name}>{words(name)}</option>)}
        </SelectField>
        {split.length > 0 && (
          <SelectField label="and by" value={split[1] ?? ""} onChange={({ target }) => (split.length > 1 ? splitBy(1, target.value) : change({ by: [...split, target.value].join(",") }))}>
            <option value="">Nothing</option>
            {shared.filter((name) => name !== split[0]).map((name) => <option key={name} value={name}>{words(name)}</option>)}
          </SelectField>
        )}
        <SelectField label="Over time" value={asked.grain ?? "none"} disabled={asked.range === "all"} onChange={({ target }) => change({ grain: target.value as GrainName })}>
          {Object.entries(GRAINS).map(([name, label]) => <option key={name} value={name}>{label}</option>)}
        </SelectField>
      </Look>
    </Frame>
  );
}

/** What is chosen, each to be taken away with one click. */
export function Chosen() {
  const asked = route.useSearch();
  const change = useChange();
  const metrics = metricsOf(asked);
  if (metrics.length === 0 && !asked.where) return null;
  return (
    <ul className="flex flex-wrap gap-2" aria-label="What is asked">
      {metrics.map((name) => (
        <li key={name}>
          <Button className="text-xs" onClick={() => change({ m: metrics.filter((one) => one !== name).join(",") || undefined })}>
            {words(name)} <span aria-hidden>×</span><span className="sr-only">take away</span>
          </Button>
        </li>
      ))}
      <Filtered looked={asked} onChange={change} />
    </ul>
  );
}
