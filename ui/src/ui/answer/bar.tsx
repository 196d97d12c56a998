// A value and its interval in the cell of a table: bars of one column begin at the same place.
export interface Extent {
  low: number;
  high: number;
}

interface Valued {
  value?: number | null;
  low?: number | null;
  high?: number | null;
}

/** From zero or below to the largest value or end of an interval. */
export function extentOf(values: readonly Valued[], intervals: boolean): Extent {
  const all = values.flatMap(({ value, low, high }) => [value, intervals ? low : null, intervals ? high : null]);
  const known = all.filter((one): one is number => typeof one === "number" && Number.isFinite(one));
  return { low: Math.min(0, ...known), high: Math.max(0, ...known) };
}

interface Props extends Valued {
  extent: Extent;
  /** A point with its interval instead of a bar. */
  dot?: boolean;
}

/** Read from the figures beside it, so it says nothing itself. */
export function CellBar({ value, low, high, extent, dot }: Props) {
  const width = extent.high - extent.low || 1;
  const x = (at: number) => (100 * (at - extent.low)) / width;
  const zero = x(0);
  const end = value == null ? zero : x(value);
  return (
    <svg aria-hidden="true" viewBox="0 0 100 16" preserveAspectRatio="none" className="h-4 w-full min-w-28">
      {!dot && value != null && <rect x={Math.min(zero, end)} y={3} width={Math.abs(end - zero)} height={10} className="fill-accent opacity-70" />}
      <line x1={zero} x2={zero} y1={0} y2={16} className="stroke-muted" vectorEffect="non-scaling-stroke" strokeWidth={1} strokeDasharray={extent.low < 0 ? "2 2" : undefined} />
      {low != null && high != null && (
        <path d={`M${x(low)} 8H${x(high)}M${x(low)} 4V12M${x(high)} 4V12`} className="fill-none stroke-ink" vectorEffect="non-scaling-stroke" strokeWidth={1.5} />
      )}
      {dot && value != null && <line x1={end} x2={end} y1={2} y2={14} className="stroke-accent" vectorEffect="non-scaling-stroke" strokeWidth={5} />}
    </svg>
  );
}
