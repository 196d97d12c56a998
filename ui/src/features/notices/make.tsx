// A new report or alert: a form makes a document, which is planned and applied like any other.
import { useState, type FormEvent, type ReactNode } from "react";
import { useBoards } from "@/api/boards";
import { useMetrics } from "@/api/metrics";
import { alertOf, reportOf } from "@/features/notices/document";
import { Button } from "@/ui/button";
import { Editor } from "@/ui/editor";
import { SelectField, TextField } from "@/ui/field";
import { words } from "@/ui/format";
import { Frame } from "@/ui/panel";
import { rangeLabel, type Looked } from "@/ui/question";
import { readWhere } from "@/ui/where";

interface Made {
  name: string;
  file: string;
  text: string;
}

const zones = () => ["UTC", ...Intl.supportedValuesOf("timeZone")];
const value = (form: FormData, name: string) => String(form.get(name) ?? "").trim();
const Options = ({ all }: { all: Record<string, string> }) => Object.entries(all).map(([one, said]) => <option key={one} value={one}>{said}</option>);

/** What the page said that this comes from, in words. */
const narrowed = ({ where, range }: Looked): string =>
  [...(range ? [rangeLabel(range)] : []), ...readWhere(where).map(({ field, values }) => `${words(field)} ${values.join(" or ")}`)].join(", ");

function Make({ title, make, onClose, children }: { title: string; make: (form: FormData) => Made; onClose: () => void; children: ReactNode }) {
  const [made, setMade] = useState<Made>();
  // An `action` would empty the form.
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setMade(make(new FormData(event.currentTarget)));
  };
  return (
    <Frame title={title} aside={<Button onClick={onClose}>Close</Button>} note="A form makes the document; nothing is sent before it is applied.">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">{children}</div>
        <div><Button type="submit">Make the document</Button></div>
      </form>
      {made && <div className="mt-4 border-t border-line pt-4"><Editor key={made.text} file={made.file} text={made.text} /></div>}
    </Frame>
  );
}

export function MakeReport({ board, looked, onClose }: { board?: string; looked: Looked; onClose: () => void }) {
  const boards = useBoards();
  const make = (form: FormData) =>
    reportOf({
      title: value(form, "title"), board: value(form, "board"), every: value(form, "every"), hour: value(form, "hour"), zone: value(form, "zone"), to: value(form, "to"), looked,
    });
  return (
    <Make title="A new report" make={make} onClose={onClose}>
      <TextField label="Title" name="title" required pattern=".*[A-Za-z].*" title="With a letter at least" placeholder="Sales on Monday" />
      <SelectField key={boards.data?.boards.length} label="Board" name="board" defaultValue={board} hint={narrowed(looked) && `As it was looked at: ${narrowed(looked)}`}>
        <Options all={Object.fromEntries((boards.data?.boards ?? []).map(({ name, spec }) => [name, spec.title]))} />
      </SelectField>
      <TextField label="To" name="to" required placeholder="team@example.com" hint="Addresses, with commas between" />
      <SelectField label="How often" name="every" defaultValue="weekly">
        <Options all={{ daily: "each day", weekly: "on Mondays", monthly: "on the first of a month" }} />
      </SelectField>
      <TextField label="Hour" name="hour" type="number" min={0} max={23} defaultValue={7} required />
      <SelectField label="Time zone" name="zone" defaultValue={looked.zone ?? "UTC"}>
        <Options all={Object.fromEntries(zones().map((zone) => [zone, zone]))} />
      </SelectField>
    </Make>
  );
}

export function MakeAlert({ metric, looked, onClose }: { metric?: string; looked: Looked; onClose: () => void }) {
  const metrics = useMetrics();
  const ready = (metrics.data?.metrics ?? []).filter(({ status }) => status === "ready");
  const make = (form: FormData) =>
    alertOf({
      title: value(form, "title"), metric: value(form, "metric"), line: value(form, "line"), value: value(form, "value"),
      every: value(form, "every"), quiet: value(form, "quiet"), to: value(form, "to"), looked,
    });
  return (
    <Make title="A new alert" make={make} onClose={onClose}>
      <TextField label="Title" name="title" required pattern=".*[A-Za-z].*" title="With a letter at least" placeholder="Few orders" />
      <SelectField key={ready.length} label="Metric" name="metric" defaultValue={metric ?? "orders"} hint={narrowed(looked) ? `As it was looked at: ${narrowed(looked)}` : "Of everything in the last 24 hours, unless the document says otherwise"}>
        <Options all={Object.fromEntries(ready.map(({ name, label }) => [name, label]))} />
      </SelectField>
      <TextField label="To" name="to" required placeholder="ops@example.com" hint="Addresses, with commas between" />
      <SelectField label="When it" name="line" defaultValue="below">
        <Options all={{ below: "is below", above: "is above", changes_by: "changes by more than so many per cent" }} />
      </SelectField>
      <TextField label="Value" name="value" type="number" step="any" required hint="Shares as numbers from 0 to 1; a change in per cent" />
      <SelectField label="Looked at" name="every" defaultValue="1h">
        <Options all={{ "5m": "every five minutes", "1h": "each hour", "1d": "each day" }} />
      </SelectField>
      <SelectField label="Said again" name="quiet" defaultValue="1d" hint="While it holds">
        <Options all={{ "": "never", "4h": "every four hours", "1d": "each day", "7d": "each week" }} />
      </SelectField>
    </Make>
  );
}

/** What an alert waits for, in words. */
export const lineOf = (when: object): string =>
  Object.entries(when).map(([line, at]) => (line === "changes_by" ? `changes by more than ${String(at)} %` : `${words(line)} ${String(at)}`)).join(" or ");
