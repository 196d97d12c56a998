import { expect, it } from "vitest";
import { reward } from "@/features/loops/evidence";
import { after, variants } from "@/features/loops/weights";

it("puts a proposal over what runs", () => {
  const before = { turn: 2, weights: { rest: { a: 0.5, b: 0.5 }, new: { a: 1 } } };
  const changed = after(before, [{ change: "reweight", segment: "rest", weights: { a: 0.9, b: 0.1 } }]);
  expect(changed).toEqual({ rest: { a: 0.9, b: 0.1 }, new: { a: 1 } });
  expect(after(null, [{ change: "drop", variant: "a", because: "it never wins" }])).toEqual({});
  expect(variants(changed)).toEqual(["a", "b"]);
});

it("says a mean and how sure it is", () => {
  expect(reward({ n: 0, sum: 0, sum_squares: 0 })).toBe("—");
  // 1, 2, 3: mean 2, variance 1, standard error 0.577.
  expect(reward({ n: 3, sum: 6, sum_squares: 14 })).toBe("+2.00 ± 1.13");
});
