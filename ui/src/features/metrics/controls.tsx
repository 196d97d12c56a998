// What is asked: metrics, split, period, and filters. All of it stands in the address.
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import type { Metric } from "@/api/metrics";
import { GRAINS, RANGES, comparedOf, dimensionsOf, metricsOf, readWhere, writeWhere, type Asked, type GrainName, type RangeName } from "@/features/metrics/question";
import { Button } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { Frame } from "@/ui/panel";
import { words } from "@/ui/format";

const route = getRouteApi("/app/metrics");
const MOST = 6;

function useChange() {
  const navigate = route.useNavigate();
  return (next: Partial<Asked>) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
}

export function Controls({ metrics }: { metrics: readonly Metric[] }) {
  const asked = route.useSearch();
  const change = useChange();
  const chosen = metricsOf(asked);
  const [field, setField] = useState("");
  const [values, setValues] = useState("");
  const known = metrics.filter(({ name }) => chosen.includes(name));
  const shared = known.reduce<string[] | null>((all, one) => (all ? all.filter((name) => one.dimensions.includes(name)) : [...one.dimensions]), null) ?? [];
  const add = () => {
    const wanted = values.split(",").map((one) => one.trim()).filter((one) => one !== "");
    if (field === "" || wanted.length === 0) return;
    change({ where: writeWhere([...readWhere(asked.where), { field, values: wanted }]) });
    setValues("");
  };
  const compared = comparedOf(asked);
  const compare = (name: string, on: boolean) => {
    const next = on ? [...compared, name] : compared.filter((one) => one !== name);
    change({ with: next.join(",") || undefined });
  };
  return (
    <Frame title="Question">
      <div className="flex flex-wrap items-end gap-3">
        <SelectField label="Add a metric" value="" disabled={chosen.length >= MOST} onChange={({ target }) => change({ m: [...chosen, target.value].join(",") })}>
          <option value="">Choose …</option>
          {metrics.filter(({ name }) => !chosen.includes(name)).map(({ name, label }) => <option key={name} value={name}>{label}</option>)}
        </SelectField>
        <SelectField label="Split by" value={dimensionsOf(asked)[0] ?? ""} onChange={({ target }) => change({ by: target.value || undefined })}>
          <option value="">Nothing</option>
          {shared.map((name) => <option key={name} value={name}>{words(name)}</option>)}
        </SelectField>
        <SelectField label="Range" value={asked.range ?? "28d"} onChange={({ target }) => change({ range: target.value as RangeName })}>
          {Object.entries(RANGES).map(([name, label]) => <option key={name} value={name}>{label}</option>)}
        </SelectField>
        <SelectField label="Over time" value={asked.grain ?? "none"} disabled={asked.range === "all"} onChange={({ target }) => change({ grain: target.value as GrainName })}>
          {Object.entries(GRAINS).map(([name, label]) => <option key={name} value={name}>{label}</option>)}
        </SelectField>
        <fieldset className="flex flex-col gap-1 text-sm" disabled={asked.range === "all"}>
          <legend className="font-medium">Compare with</legend>
          {["previous_period", "previous_year"].map((name) => (
            <label key={name} className="flex min-h-6 items-center gap-2">
              <input type="checkbox" className="size-4" checked={compared.includes(name)} onChange={({ target }) => compare(name, target.checked)} />
              {words(name)}
            </label>
          ))}
        </fieldset>
        <SelectField label="Filter" value={field} onChange={({ target }) => setField(target.value)}>
          <option value="">Choose …</option>
          {shared.map((name) => <option key={name} value={name}>{words(name)}</option>)}
        </SelectField>
        <TextField label="is one of" placeholder="email, in_app" value={values} onChange={({ target }) => setValues(target.value)} onKeyDown={({ key }) => key === "Enter" && add()} />
        <Button onClick={add} disabled={field === "" || values.trim() === ""}>Add the filter</Button>
      </div>
    </Frame>
  );
}

/** What is chosen, each to be taken away with one click. */
export function Chosen() {
  const asked = route.useSearch();
  const change = useChange();
  const metrics = metricsOf(asked);
  const filters = readWhere(asked.where);
  if (metrics.length + filters.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2" aria-label="What is asked">
      {metrics.map((name) => (
        <li key={name}>
          <Button className="text-xs" onClick={() => change({ m: metrics.filter((one) => one !== name).join(",") || undefined })}>
            {words(name)} <span aria-hidden>×</span><span className="sr-only">take away</span>
          </Button>
        </li>
      ))}
      {filters.map((one, index) => (
        <li key={`${one.field} ${index}`}>
          <Button className="text-xs" onClick={() => change({ where: writeWhere(filters.filter((_, at) => at !== index)) })}>
            {words(one.field)} is {one.values.join(" or ")} <span aria-hidden>×</span><span className="sr-only">take away</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}
