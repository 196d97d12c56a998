// A share as a bar, with its figure: bars of one column begin and end at the same places. Drawn, because
// browsers give the element of that name a look of its own.
import { percent } from "@/ui/format";

export const Meter = ({ label, value }: { label: string; value: number }) => (
  <span className="flex items-center justify-end gap-2">
    <svg role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(value * 1000) / 10} viewBox="0 0 100 1" preserveAspectRatio="none" className="h-1.5 w-20 rounded-full">
      <rect width={100} height={1} className="fill-line" />
      <rect width={100 * value} height={1} className="fill-accent" />
    </svg>
    <span className="w-14 text-right tabular-nums">{percent(value)}</span>
  </span>
);
