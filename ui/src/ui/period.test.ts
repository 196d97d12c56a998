import { describe, expect, it } from "vitest";
import { period, previous } from "@/ui/period";
import { readShared } from "@/ui/search";

const NOW = "2026-03-30T10:00:30.500Z";

describe("periods", () => {
  it("end after now, at a whole minute", () => {
    expect(period("7d", NOW)).toEqual({ from: "2026-03-23T10:01:00Z", to: "2026-03-30T10:01:00Z" });
    expect(period("7d", "2026-03-30T10:00:00Z").to).toBe("2026-03-30T10:01:00Z");
  });
  it("meet the period before without a gap", () => {
    expect(previous("28d", NOW)?.to).toBe(period("28d", NOW).from);
  });
  it("of all time have none before", () => {
    expect(period("all", NOW)).toEqual({});
    expect(previous("all", NOW)).toBeNull();
  });
});

describe("what stands in the address", () => {
  it("is taken only if it is known", () => {
    expect(readShared({ ws: "main", period: "5d", compare: "x" })).toEqual({ ws: undefined, period: undefined, compare: undefined });
    expect(readShared({ ws: "second", period: "28d", compare: "previous" })).toEqual({ ws: "second", period: "28d", compare: "previous" });
  });
});
