// A number with its name, and how it was before.
import type { ReactNode } from "react";
import { change, count } from "@/ui/format";

interface Props {
  label: string;
  value: ReactNode;
  note?: ReactNode;
}

export const Stat = ({ label, value, note }: Props) => (
  <div className="min-w-0 rounded-lg border border-line bg-surface p-3 sm:p-4">
    <p className="text-xs text-muted">{label}</p>
    <p className="mt-1 text-xl sm:text-2xl font-semibold tabular-nums">{value}</p>
    {note && <p className="mt-1 text-xs text-muted">{note}</p>}
  </div>
);

/** Where a figure will stand. */
export const Pending = () => <span role="status" aria-label="Loading" className="inline-block h-[0.8em] w-16 max-w-full animate-pulse rounded bg-sunken" />;

/** A count and how it has changed; without a before, the count alone. */
export function Change({ now, before }: { now: number; before: number | undefined }) {
  if (before === undefined) return null;
  const by = before > 0 ? change(now / before - 1) : "new";
  return (
    <span>
      {by} <span className="text-muted">from {count(before)}</span>
    </span>
  );
}
