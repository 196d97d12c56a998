import { expect, it } from "vitest";
import type { MetricAnswer, MetricValue } from "@/api/metrics";
import { basis, lines, shown } from "@/ui/metric-value";

const value = (more: Partial<MetricValue>): MetricValue => ({ n: 0, immature: 0, state: "ok", ...more }) as MetricValue;

it("writes a value, or says why there is none", () => {
  expect(shown(value({ value: 0.254 }), "percent")).toBe("25.4 %");
  expect(shown(value({ value: 3.5 }), "duration")).toBe("3.5 d");
  expect(shown(value({ value: 0.1, state: "below_minimum" }), "percent")).toBe("10.0 % (few)");
  expect(shown(value({ value: null, state: "immature" }), "percent")).toBe("maturing");
  expect(shown(value({ value: null, state: "hidden" }), "number")).toBe("too few people");
  expect(shown(undefined, "number")).toBe("—");
});

it("says what it was computed from", () => {
  expect(basis(value({ value: 0.2, n: 5, low: 0.1, high: 0.4, immature: 2, mature_at: "2026-02-01T00:00:00Z" }), "percent"))
    .toBe("n 5, 95 % 10.0 % to 40.0 %, 2 maturing until 1 Feb 2026");
});

it("draws a line per combination, with gaps where there is no value", () => {
  const row = (time: string, by: string, y: number | null) => ({ time, age: null, dimensions: [by], metrics: { ctr: { now: value({ value: y }), compared: {} } } });
  const answer = { total: {}, compared: [], dimensions: ["who"], metrics: [], rows: [row("2026-01-01", "a", 0.1), row("2026-01-02", "a", null), row("2026-01-01", "b", 0.3)] } as unknown as MetricAnswer;
  const series = lines(answer, "ctr", "percent");
  expect(series?.lines.map(({ name, points }) => [name, points.map(({ y }) => y)])).toEqual([["a", [0.1, null]], ["b", [0.3]]]);
  expect(lines({ ...answer, rows: [] } as unknown as MetricAnswer, "ctr", "percent")).toBeNull();
});

it("draws other periods beside a line of its own, and curves at equal distances", () => {
  const now = value({ value: 3 });
  const row = { time: "2026-01-01", age: null, dimensions: [], metrics: { orders: { now, compared: { previous_year: value({ value: 2 }) } } } };
  const answer = { total: {}, compared: [{ name: "previous_year" }], dimensions: [], metrics: [{ name: "orders", label: "Orders" }], rows: [row] } as unknown as MetricAnswer;
  expect(lines(answer, "orders", "number")?.lines.map(({ name, points }) => [name, points[0]?.y])).toEqual([["Orders", 3], ["previous year", 2]]);
  const curve = [{ days: 2, reached: 0.5, low: 0.3, high: 0.7, at_risk: 4 }];
  const curved = { ...answer, total: { wait: { now: value({ curve }), compared: {} } } } as unknown as MetricAnswer;
  expect(lines(curved, "wait", "duration")?.lines[0]?.points.map(({ x, y }) => [x, y])).toEqual([["day 0", 0], ["day 1", 0], ["day 2", 0.5]]);
});
