import { expect, it } from "vitest";
import type { Annotation } from "@/api/boards";
import { markText, marksOf } from "@/ui/answer/marks";

const happened = (at: string, title: string, by?: string) => ({ at, title, kind: "change", name: "x", by }) as Annotation;

it("puts what happened where its unit of time begins", () => {
  const all = [
    happened("2025-12-31T10:00:00Z", "before"), happened("2026-01-06T10:00:00Z", "a began"),
    happened("2026-01-07T10:00:00Z", "a changed", "loop:a"), happened("2026-01-12T00:00:00Z", "b began"), happened("2026-02-01T00:00:00Z", "after"),
  ];
  const marks = marksOf(all, ["2026-01-05", "2026-01-12", "2026-01-19"], "2026-01-26T00:00:00Z");
  expect(marks.map(({ x, label, all }) => [x, label, all.length])).toEqual([["2026-01-05", "1", 2], ["2026-01-12", "2", 1]]);
  expect(marks[0] && markText(marks[0])).toBe("6 Jan 2026: a began; 7 Jan 2026: a changed by its loop");
  expect(marksOf(all, [], "2026-01-26T00:00:00Z")).toEqual([]);
});
