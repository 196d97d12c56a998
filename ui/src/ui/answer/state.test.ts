import { expect, it } from "vitest";
import type { Metric, MetricAnswer, MetricValue } from "@/api/metrics";
import { everOf, isEmpty, minutesOld, remedy } from "@/ui/answer/state";

const value = (more: Partial<MetricValue>) => ({ now: { n: 0, immature: 0, state: "empty", ...more } as MetricValue, compared: {} });
const answer = (more: Partial<MetricValue>) => ({ rows: [], groups: [], total: { orders: value(more) } }) as unknown as MetricAnswer;

it("tells nothing from nought of something", () => {
  expect(isEmpty(answer({}))).toBe(true);
  expect(isEmpty(answer({ value: 0, state: "ok" }))).toBe(true);
  expect(isEmpty(answer({ value: 0, n: 40, state: "ok" }))).toBe(false);
  expect(isEmpty(answer({ immature: 3, state: "immature" }))).toBe(false);
  expect(isEmpty(answer({ state: "hidden" }))).toBe(false);
});

it("asks whether there was ever anything without filters", () => {
  const question = { metrics: ["uplift"], dimensions: ["loop"], filters: [{ field: "loop", values: ["x"] }], time: { grain: "week" } };
  expect(everOf(question)).toEqual({ metrics: ["uplift"], dimensions: ["loop"], time: { range: { type: "all" } }, limit: 1 });
});

it("says what a metric needs, a ratio by what stands above its line", () => {
  const metrics = [
    { name: "ad_spend", definition: { of: { fact: "spend" } } },
    { name: "share", definition: { numerator: "ad_spend" } },
  ] as unknown as Metric[];
  expect(remedy(metrics, "share").to).toBe("/imports");
  expect(remedy(metrics, "unknown").to).toBe("/sources");
});

it("says that an answer is old only when it is", () => {
  expect(minutesOld("2026-01-01T10:00:00Z", "2026-01-01T10:09:00Z")).toBeNull();
  expect(minutesOld("2026-01-01T10:00:00Z", "2026-01-01T10:45:30Z")).toBe(45);
  expect(minutesOld("2026-01-01T10:00:00Z", undefined)).toBeNull();
});
