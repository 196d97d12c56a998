import { expect, it } from "vitest";
import type { BoardSpec, BoardTile } from "@/api/boards";
import type { Metric } from "@/api/metrics";
import { exploreSearch, funnelAsked, tileAsked } from "@/features/boards/asked";

const board = { title: "B", filters: [], sections: [], annotations: [] } as unknown as BoardSpec;
const metrics = [
  { name: "ctr", dimensions: ["campaign", "channel"] },
  { name: "orders", dimensions: ["source"] },
] as unknown as Metric[];
const tile = (more: object, query: object): BoardTile => ({ title: "T", display: "number", ...more, query: { metrics: ["ctr"], ...query } }) as BoardTile;

it("takes the period, comparison and filters of the page", () => {
  const asked = tileAsked(tile({}, {}), board, { range: "90d", with: "previous_year", where: "channel=email", zone: "Asia/Tokyo" }, metrics);
  expect(asked?.question).toEqual({
    metrics: ["ctr"],
    time: { range: { type: "rolling", n: 90, unit: "day" }, grain: "none", compare: ["previous_year"], zone: "Asia/Tokyo" },
    filters: [{ field: "channel", op: "in", values: ["email"] }],
  });
  expect(asked?.notes).toEqual([]);
});

it("keeps a period of its own, and says which filters do not hold", () => {
  const asked = tileAsked(tile({}, { metrics: ["orders"], time: { range: { n: 12, unit: "month" } } }), board, { range: "7d", where: "campaign=x" }, metrics);
  expect(asked?.range).toBe("12mo");
  expect(asked?.question.filters).toEqual([]);
  expect(asked?.notes).toEqual(["keeps its own period: 12 months", "not filtered by campaign: it cannot be"]);
});

it("cuts lines by the length of the period, and all time somewhere", () => {
  const line = tile({ display: "line" }, {});
  expect(tileAsked(line, board, {}, metrics)?.question.time?.grain).toBe("day");
  expect(tileAsked(line, board, { range: "12mo" }, metrics)?.question.time?.grain).toBe("month");
  const all = tileAsked(line, board, { range: "all" }, metrics);
  expect([all?.range, all?.notes[0]]).toEqual(["36mo", "all time is cut to 36 months"]);
  expect(tileAsked(tile({ display: "line" }, { curve: true }), board, {}, metrics)?.question.time?.grain).toBe("none");
});

it("leads to Explore with the row as a filter", () => {
  const asked = tileAsked(tile({ display: "table" }, { dimensions: ["campaign"] }), board, { where: "channel=email", with: "previous_period" }, metrics);
  expect(asked && exploreSearch(asked, { with: "previous_period" }, "ctr", ["win_back"])).toEqual({
    tab: "explore", m: "ctr", by: "campaign", range: "28d", grain: "day", where: "channel=email;campaign=win_back", with: "previous_period", zone: undefined,
  });
});

it("filters funnels by what events have", () => {
  const asked = funnelAsked({ steps: [{ event: "A" }, { event: "B" }] }, board, { where: "source=web;campaign=x" }, ["source"]);
  expect(asked.filters).toEqual([{ field: "source", op: "in", values: ["web"] }]);
});
