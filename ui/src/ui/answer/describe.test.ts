import { expect, it } from "vitest";
import { describe } from "@/ui/answer/describe";
import type { Series } from "@/ui/series";

it("says where a line begins and ends, and how far it goes", () => {
  const points = [{ x: "Mon", y: 2 }, { x: "Tue", y: 5 }, { x: "Wed", y: null }, { x: "Thu", y: 1 }];
  const series: Series = { kind: "band", unit: "", format: String, lines: [{ name: "Orders", points }, { name: "None", points: [] }] };
  expect(describe("Orders by day", series)).toBe(
    "Orders by day. 2 lines. Orders: from 2 (Mon) to 1 (Thu), highest 5 (Tue), lowest 1 (Thu). None: no value.",
  );
});
