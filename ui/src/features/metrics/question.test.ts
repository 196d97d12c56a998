import { expect, it } from "vitest";
import { question, readWhere, writeWhere } from "@/features/metrics/question";

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
