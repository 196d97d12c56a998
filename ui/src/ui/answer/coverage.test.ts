import { expect, it } from "vitest";
import { coverageTold, covers } from "@/ui/answer/coverage";

const known = { days: 28, people: 0.97, events: 0.953, late: 0.004 };

it("says whom numbers cover and how much comes late", () => {
  expect(covers(known)).toEqual(["covers 97.0 %", "late 0.4 %"]);
  expect(coverageTold(known)).toBe(
    "In the last 28 days numbers of people cover 97.0 % of those who did something: the others may not be measured; 95.3 % of events are theirs; 0.4 % of events came more than five minutes late.",
  );
});

it("says nothing of what is not known", () => {
  expect([covers(null), covers(undefined), coverageTold(null)]).toEqual([[], [], ""]);
  expect(covers({ days: 28, people: null, events: null, late: 0 })).toEqual(["late 0.0 %"]);
  expect(coverageTold({ days: 28, people: null, events: null, late: null })).toBe("");
});
