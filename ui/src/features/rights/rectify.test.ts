import { describe, expect, it } from "vitest";
import { corrections, NOTHING_WRONG } from "@/features/rights/rectify";

describe("what is to be put right", () => {
  it("is nothing where nothing is named", () => {
    expect(corrections(NOTHING_WRONG)).toEqual([]);
    expect(corrections({ ...NOTHING_WRONG, value: "DE", right: "a@example.com" })).toEqual([]);
  });
  it("is set or replaced where the right value is known, and goes where it is not", () => {
    expect(corrections({ trait: " country ", value: "DE", wrong: "a@x.org", right: "b@x.org" })).toEqual([
      { set: { trait: "country", value: "DE" } },
      { replace: { wrong: "a@x.org", right: "b@x.org" } },
    ]);
    expect(corrections({ trait: "country", value: " ", wrong: "a@x.org", right: "" })).toEqual([
      { remove: { trait: "country" } },
      { drop: { wrong: "a@x.org" } },
    ]);
  });
});
