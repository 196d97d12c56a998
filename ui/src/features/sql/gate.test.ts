import { expect, test } from "vitest";
import { isGate, leftOut } from "@/features/sql/gate";

test("what a gate left out is told, the most frequent reason first", () => {
  expect(leftOut(undefined)).toBeUndefined();
  expect(leftOut(null)).toBeUndefined();
  expect(leftOut({})).toBe("no row was left out");
  expect(leftOut({ nobody: 1, not_granted: 2 })).toBe("3 rows left out (not granted: 2, nobody: 1)");
});

test("only gates are gates", () => {
  expect([undefined, "", "door", "export", "training"].map(isGate)).toEqual([false, false, false, true, true]);
});
