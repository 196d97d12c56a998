// What a chart shows, said without the library that draws it.

export interface Point {
  /** A category or the label of an instant. */
  x: string;
  y: number | null;
  low?: number | null;
  high?: number | null;
}

export interface Line {
  name: string;
  points: Point[];
}

export interface Series {
  kind: "interval" | "line" | "area";
  lines: Line[];
  /** What stands at the axis. */
  unit: string;
  /** A line at zero: no difference. */
  zero?: boolean;
  format: (value: number) => string;
}
