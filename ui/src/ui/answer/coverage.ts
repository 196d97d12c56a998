// What numbers rest on, in words: whom they cover, and how much comes late.
import type { MetricAnswer } from "@/api/metrics";
import { percent } from "@/ui/format";

export type Coverage = MetricAnswer["coverage"];

/** The short form, for the foot of a tile; of numbers that leave nobody out only how much comes late. */
export function covers(coverage: Coverage): string[] {
  if (!coverage) return [];
  const { people, late } = coverage;
  return [people == null ? "" : `covers ${percent(people)}`, late == null ? "" : `late ${percent(late)}`].filter((one) => one !== "");
}

/** The same in sentences. */
export function coverageTold(coverage: Coverage): string {
  if (!coverage) return "";
  const { days, people, events, late } = coverage;
  const told = [
    people == null ? "" : `numbers of people cover ${percent(people)} of those who did something: the others may not be measured`,
    events == null ? "" : `${percent(events)} of events are theirs`,
    late == null ? "" : `${percent(late)} of events came more than five minutes late`,
  ].filter((one) => one !== "");
  return told.length > 0 ? `In the last ${days} days ${told.join("; ")}.` : "";
}
