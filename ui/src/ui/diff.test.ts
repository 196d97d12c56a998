import { describe, expect, it } from "vitest";
import { brief, differences } from "@/ui/diff";

describe("differences", () => {
  it("says nothing of what is the same", () => {
    expect(differences({ a: [1, 2] }, { a: [1, 2] })).toEqual([]);
  });
  it("goes into objects, and names items by their name", () => {
    const before = { window: "14d", variants: [{ name: "a", offer: "x" }, { name: "b" }] };
    const after = { window: "7d", variants: [{ name: "b" }, { name: "a", offer: "y" }] };
    expect(differences(before, after)).toEqual([
      { path: "window", before: "14d", after: "7d" },
      { path: "variants[a].offer", before: "x", after: "y" },
    ]);
  });
  it("shows what comes and goes part by part", () => {
    expect(differences(null, { weights: { rest: { a: 0.5 } } })).toEqual([{ path: "weights.rest.a", before: undefined, after: 0.5 }]);
    expect(differences({ a: 1, b: 2 }, { b: 2 })).toEqual([{ path: "a", before: 1, after: undefined }]);
  });
  it("takes lists without names as one value", () => {
    expect(differences({ keys: ["a"] }, { keys: ["a", "b"] })).toEqual([{ path: "keys", before: ["a"], after: ["a", "b"] }]);
  });
  it("is brief", () => {
    expect([brief(null), brief(0.123456), brief(3), brief("x"), brief({ a: 1 })]).toEqual(["—", "0.123", "3", "x", '{"a":1}']);
  });
});
