// What happened, at the places of a series over time: many at one place are one mark.
import type { Annotation } from "@/api/boards";
import { date } from "@/ui/format";

export interface Mark {
  x: string;
  label: string;
  all: Annotation[];
}

/** The last place that is not after it; what is before the first or after the period is left out. */
export function marksOf(annotations: readonly Annotation[], places: readonly string[], until: string): Mark[] {
  const [first] = places;
  if (first === undefined) return [];
  const by = new Map<string, Annotation[]>();
  for (const one of annotations) {
    const place = places.findLast((start) => Date.parse(start) <= Date.parse(one.at));
    if (place === undefined || Date.parse(one.at) >= Date.parse(until)) continue;
    by.set(place, [...(by.get(place) ?? []), one]);
  }
  return [...by].sort(([one], [other]) => one.localeCompare(other)).map(([x, all], index) => ({ x, all, label: String(index + 1) }));
}

export const markText = ({ all }: Mark): string =>
  all.slice(0, 3).map(({ at, title, by }) => `${date(at)}: ${title}${by?.startsWith("loop:") ? " by its loop" : ""}`).join("; ") +
  (all.length > 3 ? `; and ${all.length - 3} more` : "");
