import { expect, it } from "vitest";
import type { MetricAnswer } from "@/api/metrics";
import { gridOf } from "@/ui/answer/grid";

const row = (dimensions: string[], value: number | null, more: object = {}, state = "ok") =>
  ({ time: null, age: null, dimensions, metrics: { ctr: { now: { value, n: 9, immature: 0, state }, compared: {} } }, ...more });

it("puts hours and weekdays in their order, and colours by the value", () => {
  const rows = [row(["7", "10"], 0.4), row(["1", "9"], 0.1), row(["1", "10"], 0.2), row(["7", "9"], 0.9, {}, "below_minimum")];
  const grid = gridOf({ dimensions: ["weekday", "hour_of_day"], grain: "none", rows } as unknown as MetricAnswer, "ctr");
  expect([grid.rows, grid.columns]).toEqual([["1", "7"], ["9", "10"]]);
  expect(grid.word("weekday", "7") + grid.word("hour_of_day", "9")).toBe("Sun09");
  // What has too few does not stretch the scale, and has no colour.
  expect([grid.at("1", "9"), grid.at("7", "10"), grid.at("7", "9")].map(grid.level)).toEqual([1, 6, 0]);
});

it("is a triangle of cohorts by age", () => {
  const rows = [row([], 1, { time: "2026-01-01", age: 0 }), row([], 0.5, { time: "2026-01-01", age: 1 }), row([], 1, { time: "2026-02-01", age: 0 })];
  const grid = gridOf({ dimensions: [], grain: "month", rows } as unknown as MetricAnswer, "ctr");
  expect([grid.heads, grid.rows, grid.columns]).toEqual([["time", "age"], ["2026-01-01", "2026-02-01"], ["0", "1"]]);
  expect(grid.at("2026-02-01", "1")).toBeUndefined();
});
