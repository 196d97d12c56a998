import { describe, expect, it } from "vitest";
import { change, count, dates, dateTime, dayOf, delta, percent, plural, points, ratio, span, words } from "@/ui/format";

describe("numbers", () => {
  it("are a dash where there is none", () => {
    expect([count(null), percent(undefined), points(Number.NaN)]).toEqual(["—", "—", "—"]);
  });
  it("of nothing are no share", () => {
    expect(ratio(0, 0)).toBeNull();
    expect(ratio(1, 4)).toBe(0.25);
  });
  it("show which way they go", () => {
    expect([points(0.057), points(-0.025), delta(-1.5), change(0.5)]).toEqual(["+5.7", "−2.5", "−1.50", "+50.0 %"]);
    expect([delta(-0.001), points(0.0001)]).toEqual(["0.00", "0.0"]);
  });
});

it("says times in UTC, and names in words", () => {
  expect(dateTime("2026-03-02T23:30:00Z")).toBe("2 Mar 2026, 23:30 UTC");
  expect(words("free_shipping")).toBe("free shipping");
  expect([plural(1, "row"), plural(1200, "row")]).toEqual(["1 row", "1,200 rows"]);
});

it("says spans of time short", () => {
  expect(dates("2026-03-26T00:00:00Z", "2026-04-23T00:00:00Z")).toBe("26 Mar – 23 Apr 2026");
  expect(dates("2025-12-30T00:00:00Z", "2026-01-02T00:00:00Z")).toBe("30 Dec 2025 – 2 Jan 2026");
  expect([span("28d"), span("1h"), span("P1M"), span(undefined), dayOf("2 Jan 2026")]).toEqual(["28 days", "1 hour", "P1M", "—", "2 Jan"]);
});
