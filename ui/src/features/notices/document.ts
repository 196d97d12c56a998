// Reports and alerts as documents, made of what a form says.
import { stringify } from "yaml";
import { rangeOf, type Looked } from "@/ui/question";
import { nameFrom } from "@/ui/text";
import { filtersOf } from "@/ui/where";

/** Addresses as they are typed, with commas or spaces between. */
export const addresses = (typed: string): string[] => typed.split(/[\s,;]+/u).filter(Boolean);

const yaml = (kind: string, name: string, spec: object) =>
  stringify({ apiVersion: "gyre/v1", kind, metadata: { name }, spec }, { lineWidth: 100 });

/** What the page was narrowed to that it was asked for on. */
const narrowed = ({ where, range }: Looked) => ({
  ...(where === undefined ? {} : { where: filtersOf(where) }),
  ...(range === undefined ? {} : { range: rangeOf(range) }),
});

export interface ReportAsked {
  title: string;
  board: string;
  every: string;
  hour: string;
  zone: string;
  to: string;
  looked?: Looked;
}

export function reportOf({ title, board, every, hour, zone, to, looked = {} }: ReportAsked) {
  const name = nameFrom(title);
  const spec = { title, board, every, hour: Number(hour), ...(zone === "UTC" ? {} : { zone }), to: addresses(to), ...narrowed(looked) };
  return { name, file: `report-${name}.yaml`, text: yaml("Report", name, spec) };
}

export interface AlertAsked {
  title: string;
  metric: string;
  line: string;
  value: string;
  every: string;
  quiet: string;
  to: string;
  looked?: Looked;
}

export function alertOf({ title, metric, line, value, every, quiet, to, looked = {} }: AlertAsked) {
  const name = nameFrom(title);
  const zone = looked.zone === undefined || looked.zone === "UTC" ? {} : { zone: looked.zone };
  const spec = { title, metric, ...narrowed(looked), ...zone, when: { [line]: Number(value) }, every, ...(quiet === "" ? {} : { quiet }), to: addresses(to) };
  return { name, file: `alert-${name}.yaml`, text: yaml("Alert", name, spec) };
}
