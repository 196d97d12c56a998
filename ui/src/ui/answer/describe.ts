// What a chart shows, in a sentence made of its numbers: for those who do not see it.
import type { Series } from "@/ui/series";

interface Known {
  x: string;
  y: number;
}

/** Each line from its first to its last value, with its highest and lowest. */
export function describe(title: string, { lines, format }: Series): string {
  const said = lines.map(({ name, points }) => {
    const known = points.filter((point): point is Known => point.y !== null);
    const [first, last] = [known[0], known.at(-1)];
    if (!first || !last) return `${name}: no value.`;
    const high = known.reduce((most, one) => (one.y > most.y ? one : most), first);
    const low = known.reduce((least, one) => (one.y < least.y ? one : least), first);
    const ends = `${name}: from ${format(first.y)} (${first.x}) to ${format(last.y)} (${last.x})`;
    return high.y === low.y ? `${ends}.` : `${ends}, highest ${format(high.y)} (${high.x}), lowest ${format(low.y)} (${low.x}).`;
  });
  const few = lines.length === 1 ? "One line" : `${lines.length} lines`;
  return `${title}. ${few}. ${said.join(" ")}`;
}
