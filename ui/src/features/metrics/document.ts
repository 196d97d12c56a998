// A metric as a document, made of what a form says.
import { stringify } from "yaml";
import { nameFrom } from "@/ui/text";

/** What a form can define; the document can do more. */
export const KINDS = {
  events: "how often an event happened",
  people: "how many people did it",
  sum: "the sum of a property of an event",
  conversion: "the share of people who did one thing and then another",
  ratio: "one metric over another",
  derived: "arithmetic over metrics",
} as const;

export type Kind = keyof typeof KINDS;

export interface MetricAsked {
  label: string;
  description: string;
  kind: Kind;
  event: string;
  property: string;
  then: string;
  window: string;
  numerator: string;
  denominator: string;
  expression: string;
  format: string;
}

const of = (event: string, more: object = {}) => ({ fact: "event", ...more, where: { event: [event] } });

function spec({ kind, event, property, then, window, numerator, denominator, expression }: MetricAsked): object {
  switch (kind) {
    case "events": return { type: "count", of: of(event) };
    case "people": return { type: "count_distinct", of: of(event, { unit: "person" }) };
    case "sum": return { type: "sum", of: of(event, { value: `properties.${property}` }) };
    case "conversion": return { type: "conversion", of: of(event, { unit: "person" }), goal: of(then), window };
    case "ratio": return { type: "ratio", numerator, denominator };
    case "derived": return { type: "derived", expression };
  }
}

export function metricOf(asked: MetricAsked) {
  const name = nameFrom(asked.label);
  const { label, description, format } = asked;
  const all = {
    apiVersion: "gyre/v1", kind: "Metric",
    metadata: { name, ...(description === "" ? {} : { description }) },
    spec: { label, ...spec(asked), ...(format === "number" ? {} : { format }) },
  };
  return { name, file: `metric-${name}.yaml`, text: stringify(all, { lineWidth: 100 }) };
}
