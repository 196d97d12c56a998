import { expect, it } from "vitest";
import { holes, readParameters } from "@/features/sql/parameters";

it("counts holes outside of quotes", () => {
  expect([holes("select 1"), holes("a = $2 and b = $1"), holes("a = '$9' and b = 'it''s $3'")]).toEqual([0, 2, 0]);
});

it("takes a list and nothing else", () => {
  expect(readParameters('["main", {"time": "2026-03-01T00:00:00Z"}]')).toHaveLength(2);
  expect(readParameters(" ")).toEqual([]);
  expect(() => readParameters("{}")).toThrow("no list");
  expect(() => readParameters("[")).toThrow("no JSON");
});
