// Period, comparison, time zone and filters of a page of numbers. All of it stands in the address.
import type { ReactNode } from "react";
import { useState } from "react";
import { useValues } from "@/api/metrics";
import { Button } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { words } from "@/ui/format";
import { RANGES, comparedOf, rangeLabel, rangeOf, type Looked } from "@/ui/question";
import { readWhere, withValue, withoutField } from "@/ui/where";

const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ZONES = ["UTC", local, "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney"];

interface Props {
  looked: Looked;
  /** The period where none is chosen. */
  range?: string;
  /** Today, as the server has it: where a period of one's own begins to be chosen. */
  today: string | undefined;
  /** What can be filtered by. */
  fields: readonly string[];
  onChange: (next: Partial<Looked>) => void;
  /** What is shown cannot be compared. */
  alone?: boolean;
  children?: ReactNode;
}

const iso = (at: number) => new Date(at).toISOString().slice(0, 10);

function Between({ range, onChange }: { range: string; onChange: Props["onChange"] }) {
  const asked = rangeOf(range);
  if (asked?.type !== "between") return null;
  const { from = "", to = "" } = asked;
  const set = (from: string, to: string) => from && to && from < to && onChange({ range: `${from}..${to}` });
  return (
    <>
      <TextField label="From" type="date" value={from ?? ""} onChange={({ target }) => set(target.value, to ?? "")} />
      <TextField label="Up to, not including" type="date" value={to ?? ""} onChange={({ target }) => set(from ?? "", target.value)} />
    </>
  );
}

function Filters({ looked, fields, onChange }: Pick<Props, "looked" | "fields" | "onChange">) {
  const [field, setField] = useState("");
  const chosen = fields.includes(field) ? field : "";
  const values = useValues(chosen);
  const taken = readWhere(looked.where).find((one) => one.field === chosen)?.values ?? [];
  const free = values.filter((one) => !taken.includes(one));
  if (fields.length === 0) return null;
  return (
    <>
      <SelectField label="Filter" value={chosen} onChange={({ target }) => setField(target.value)}>
        <option value="">Choose …</option>
        {fields.map((name) => <option key={name} value={name}>{words(name)}</option>)}
      </SelectField>
      {chosen !== "" && (
        <SelectField label={`${words(chosen)} is`} value="" disabled={free.length === 0} onChange={({ target }) => onChange({ where: withValue(looked.where, chosen, target.value) })}>
          <option value="">{free.length === 0 ? "no other value" : taken.length > 0 ? "or …" : "Choose …"}</option>
          {free.map((value) => <option key={value}>{value}</option>)}
        </SelectField>
      )}
    </>
  );
}

export function Look({ looked, range = "28d", today, fields, onChange, alone, children }: Props) {
  const said = looked.range ?? range;
  const compared = comparedOf(looked);
  const compare = (name: string, on: boolean) =>
    onChange({ with: (on ? [...compared, name] : compared.filter((one) => one !== name)).join(",") || undefined });
  const now = today ? Date.parse(today) : 0;
  const choose = (value: string) => onChange({ range: value === "own" ? `${iso(now - 28 * 86_400_000)}..${iso(now)}` : value });
  const own = rangeOf(said)?.type === "between";
  return (
    <div className="flex flex-wrap items-end gap-3">
      {children}
      <SelectField label="Range" value={own ? "own" : said} onChange={({ target }) => choose(target.value)}>
        {Object.entries(RANGES).map(([name, label]) => <option key={name} value={name}>{label}</option>)}
        {!own && !(said in RANGES) && <option value={said}>{rangeLabel(said)}</option>}
        <option value="own">From … to …</option>
      </SelectField>
      <Between range={said} onChange={onChange} />
      {!alone && <fieldset className="flex flex-col gap-1 text-sm" disabled={said === "all"}>
        <legend className="font-medium">Compare with</legend>
        <span className="flex min-h-8 flex-wrap items-center gap-x-4">
          {["previous_period", "previous_year"].map((name) => (
            <label key={name} className="flex min-h-6 items-center gap-2">
              <input type="checkbox" className="size-4" checked={compared.includes(name)} onChange={({ target }) => compare(name, target.checked)} />
              {words(name)}
            </label>
          ))}
        </span>
      </fieldset>}
      <SelectField label="Time zone" value={looked.zone ?? "UTC"} onChange={({ target }) => onChange({ zone: target.value === "UTC" ? undefined : target.value })}>
        {[...new Set([...ZONES, looked.zone ?? "UTC"])].map((zone) => <option key={zone}>{zone}</option>)}
      </SelectField>
      <Filters looked={looked} fields={fields} onChange={onChange} />
    </div>
  );
}

/** The filters that are set, each to be taken away with one click. */
export function Filtered({ looked, onChange }: Pick<Props, "looked" | "onChange">) {
  return readWhere(looked.where).map(({ field, values }) => (
    <li key={field}>
      <Button className="text-xs" onClick={() => onChange({ where: withoutField(looked.where, field) })}>
        {words(field)} is {values.join(" or ")} <span aria-hidden>×</span><span className="sr-only">take away</span>
      </Button>
    </li>
  ));
}
