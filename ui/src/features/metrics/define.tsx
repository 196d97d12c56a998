// A metric of one's own: a form makes its document, which is planned and applied like any other.
import { useState, type FormEvent } from "react";
import { useMetrics, useValues } from "@/api/metrics";
import { KINDS, metricOf, type Kind } from "@/features/metrics/document";
import { Button } from "@/ui/button";
import { Editor } from "@/ui/editor";
import { SelectField, TextField } from "@/ui/field";
import { Frame } from "@/ui/panel";

const FORMATS = { number: "a number", percent: "per cent", money: "an amount", duration: "days" };

function Metrics({ label, name }: { label: string; name: string }) {
  const ready = (useMetrics().data?.metrics ?? []).filter(({ status }) => status === "ready");
  return (
    <SelectField label={label} name={name} key={ready.length}>
      {ready.map((one) => <option key={one.name} value={one.name}>{one.label}</option>)}
    </SelectField>
  );
}

export function Define({ onClose, onDone }: { onClose: () => void; onDone: (name: string) => void }) {
  const [kind, setKind] = useState<Kind>("events");
  const [made, setMade] = useState<ReturnType<typeof metricOf>>();
  const events = useValues("event");
  const known = useMetrics().data?.metrics ?? [];
  // An `action` would empty the form.
  const make = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const said = (name: string) => String(form.get(name) ?? "").trim();
    setMade(
      metricOf({
        label: said("label"), description: said("description"), kind, event: said("event"), property: said("property"), then: said("then"),
        window: said("window"), numerator: said("numerator"), denominator: said("denominator"), expression: said("expression"), format: said("format"),
      }),
    );
  };
  const ofEvent = ["events", "people", "sum", "conversion"].includes(kind);
  return (
    <Frame title="Define a metric" aside={<Button onClick={onClose}>Close</Button>} note="A form makes the document, which can say more; nothing is defined before it is applied.">
      <form onSubmit={make} className="flex flex-col gap-3">
        <datalist id="events-of-metrics">{events.map((one) => <option key={one} value={one} />)}</datalist>
        <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
          <TextField label="Label" name="label" required pattern=".*[A-Za-z].*" title="With a letter at least" placeholder="Trial rate" />
          <SelectField label="It is" value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
            {Object.entries(KINDS).map(([one, said]) => <option key={one} value={one}>{said}</option>)}
          </SelectField>
          <SelectField label="Written as" name="format" key={kind} defaultValue={kind === "conversion" ? "percent" : "number"}>
            {Object.entries(FORMATS).map(([one, said]) => <option key={one} value={one}>{said}</option>)}
          </SelectField>
          {ofEvent && <TextField label="Event" name="event" required list="events-of-metrics" placeholder="Signed Up" />}
          {kind === "sum" && <TextField label="Property" name="property" required pattern="[^\s].*" placeholder="seats" />}
          {kind === "conversion" && <TextField label="And then" name="then" required list="events-of-metrics" placeholder="Trial Started" />}
          {kind === "conversion" && <TextField label="Within" name="window" required pattern="[0-9]+[smhdw]" title="A number and a unit, for example 3d" defaultValue="7d" />}
          {kind === "ratio" && <Metrics label="Above the line" name="numerator" />}
          {kind === "ratio" && <Metrics label="Below the line" name="denominator" />}
          {kind === "derived" && <TextField label="Expression" name="expression" required placeholder="revenue / orders" hint="Names of metrics, numbers, + - * / and parentheses" />}
          <TextField label="What it is" name="description" placeholder="In a sentence, for those who read it" />
        </div>
        <div><Button type="submit">Make the document</Button></div>
      </form>
      {made && known.some(({ name }) => name === made.name) && (
        <p role="alert" className="mt-4 text-warn">There is a metric {made.name}. Once this is applied it stands in its place, on every board, in every report and alert.</p>
      )}
      {made && <div className="mt-4 border-t border-line pt-4"><Editor key={made.text} file={made.file} text={made.text} onDone={(applied) => onDone(applied.find(({ kind }) => kind === "Metric")?.name ?? made.name)} /></div>}
    </Frame>
  );
}
