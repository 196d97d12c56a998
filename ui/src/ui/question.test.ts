import { expect, it } from "vitest";
import { grainFor, question, rangeOf, rangeText } from "@/ui/question";
import { readWhere, withoutField, withValue, writeWhere } from "@/ui/where";

it("asks what the address says", () => {
  expect(question({ m: "ctr,reach", by: "channel", range: "90d", grain: "week", with: "previous_year", where: "campaign=a|b" })).toEqual({
    metrics: ["ctr", "reach"],
    dimensions: ["channel"],
    time: { range: { type: "rolling", n: 90, unit: "day" }, grain: "week", compare: ["previous_year"] },
    filters: [{ field: "campaign", op: "in", values: ["a", "b"] }],
    order_by: [{ by: "ctr", dir: "desc" }],
    limit: 20,
  });
});

it("neither cuts nor compares everything", () => {
  const { time } = question({ m: "orders", range: "all", grain: "day", with: "previous_period" });
  expect(time).toEqual({ range: { type: "all" }, grain: "none", compare: [] });
});

it("keeps filters that can be read, and no others", () => {
  const all = readWhere("channel=email|in_app;broken;x=;variant=a");
  expect(all).toEqual([{ field: "channel", values: ["email", "in_app"] }, { field: "variant", values: ["a"] }]);
  expect(readWhere(writeWhere(all))).toEqual(all);
  expect(writeWhere([])).toBeUndefined();
});

it("reads values in which separators stand", () => {
  const all = [{ field: "event", values: ["a;b", "c|d=e", "50 %"] }];
  expect(readWhere(writeWhere(all))).toEqual(all);
});

it("adds values to a filter, and takes fields away", () => {
  const one = withValue("channel=email", "channel", "in_app");
  expect(one).toBe("channel=email|in_app");
  expect(withValue(one, "channel", "email")).toBe(one);
  expect(withoutField(withValue(one, "campaign", "x"), "channel")).toBe("campaign=x");
});

it("reads periods as people type them, and writes them so", () => {
  for (const said of ["28d", "6mo", "2026-Q1", "2026-01-01..2026-02-01", "all", "month", "last-month"]) {
    expect(rangeText(rangeOf(said))).toBe(said);
  }
  expect(rangeOf("soon")).toBeNull();
  expect(rangeText({ type: "rolling" })).toBeUndefined();
});

it("takes a grain with neither too few nor too many points", () => {
  expect(["1d", "7d", "90d", "12mo", "2026-Q1", "2026-03", "all"].map(grainFor)).toEqual(["hour", "day", "week", "month", "week", "day", "none"]);
});
