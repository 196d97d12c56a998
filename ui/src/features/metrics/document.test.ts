import { expect, it } from "vitest";
import { parse } from "yaml";
import { metricOf, type MetricAsked } from "@/features/metrics/document";

const ASKED: MetricAsked = {
  label: "Trial rate", description: "", kind: "conversion", event: "Signed Up", property: "", then: "Trial Started",
  window: "3d", numerator: "", denominator: "", expression: "", format: "percent",
};

it("is a conversion of people", () => {
  const { file, text } = metricOf(ASKED);
  expect(file).toBe("metric-trial_rate.yaml");
  expect(parse(text)).toEqual({
    apiVersion: "gyre/v1", kind: "Metric", metadata: { name: "trial_rate" },
    spec: {
      label: "Trial rate", type: "conversion", of: { fact: "event", unit: "person", where: { event: ["Signed Up"] } },
      goal: { fact: "event", where: { event: ["Trial Started"] } }, window: "3d", format: "percent",
    },
  });
});

it("is made of what its kind asks for", () => {
  const specOf = (asked: Partial<MetricAsked>) => parse(metricOf({ ...ASKED, format: "number", description: "Of all", ...asked }).text).spec;
  expect(specOf({ kind: "events" })).toEqual({ label: "Trial rate", type: "count", of: { fact: "event", where: { event: ["Signed Up"] } } });
  expect(specOf({ kind: "sum", property: "seats" }).of).toEqual({ fact: "event", value: "properties.seats", where: { event: ["Signed Up"] } });
  expect(specOf({ kind: "ratio", numerator: "revenue", denominator: "orders" })).toEqual({ label: "Trial rate", type: "ratio", numerator: "revenue", denominator: "orders" });
  expect(specOf({ kind: "derived", expression: "revenue / orders" }).expression).toBe("revenue / orders");
});
