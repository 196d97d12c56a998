import { describe, expect, it } from "vitest";
import { finding, wilson } from "@/ui/stats";

describe("wilson", () => {
  it("is that of the textbook", () => {
    // 10 of 100, and none of 20: by R's prop.test without correction.
    expect(wilson(10, 100)!.low).toBeCloseTo(0.05523, 4);
    expect(wilson(10, 100)!.high).toBeCloseTo(0.17437, 4);
    expect(wilson(0, 20)!.low).toBe(0);
    expect(wilson(0, 20)!.high).toBeCloseTo(0.16113, 4);
  });
  it("stays within 0 and 1, and says nothing of nothing", () => {
    expect(wilson(5, 5)!.high).toBe(1);
    expect(wilson(0, 0)).toBeNull();
  });
});

describe("finding", () => {
  it("decides only when zero is outside", () => {
    expect(finding({ low: 0.001, high: 0.2 })).toBe("better");
    expect(finding({ low: -0.2, high: -0.001 })).toBe("worse");
    expect(finding({ low: -0.001, high: 0.2 })).toBe("open");
  });
});
