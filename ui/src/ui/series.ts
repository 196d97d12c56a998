// What a chart shows, said without the library that draws it.

export interface Point {
  /** A category or the label of an instant. */
  x: string;
  y: number | null;
  /** Not everything that belongs to it has come yet. */
  open?: boolean;
  low?: number | null;
  high?: number | null;
}

export interface Line {
  name: string;
  points: Point[];
}

export interface Series {
  /** Intervals as bars at single places, or as bands along lines; an area is a count that begins at zero. */
  kind: "interval" | "band" | "area";
  lines: Line[];
  /** What stands at the axis. */
  unit: string;
  /** A line at zero: no difference. */
  zero?: boolean;
  format: (value: number) => string;
  /** What of a category stands at the axis, where all of it would be too long. */
  short?: (x: string) => string;
  /** What happened, at the places where it did; numbered as in the list below the chart. */
  marks?: readonly { x: string; label: string }[];
}
