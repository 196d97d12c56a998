import { expect, it } from "vitest";
import { extentOf } from "@/ui/answer/bar";

it("reaches from nought, and over intervals where they are shown", () => {
  expect(extentOf([{ value: 2, low: -1, high: 6 }, { value: 4 }, { value: null }], false)).toEqual({ low: 0, high: 4 });
  expect(extentOf([{ value: 2, low: -1, high: 6 }], true)).toEqual({ low: -1, high: 6 });
  expect(extentOf([], true)).toEqual({ low: 0, high: 0 });
});
