// The weights of variants by segment, before and after: a row a segment, a column a variant.
import { Meter } from "@/ui/meter";
import { percent, points, words } from "@/ui/format";
import { Table } from "@/ui/table";
import { moved, variants, type Weights } from "@/features/loops/weights";

interface Props {
  caption: string;
  before: Weights;
  after: Weights;
}

function Weight({ label, before, after }: { label: string; before: number | undefined; after: number }) {
  const by = before === undefined ? null : after - before;
  const tone = !moved(by) ? "text-muted" : by > 0 ? "text-good" : "text-bad";
  return (
    <span className="flex flex-col items-end">
      <Meter label={label} value={after} />
      <span className={`text-xs ${tone}`}>{by === null ? "new" : moved(by) ? `${points(by)} from ${percent(before)}` : "as before"}</span>
    </span>
  );
}

export const WeightsTable = ({ caption, before, after }: Props) => (
  <Table
    caption={caption}
    rows={Object.keys(after)}
    id={(segment) => segment}
    columns={[
      { head: "Segment", cell: (segment) => words(segment) },
      ...variants(after).map((variant) => ({
        head: words(variant),
        number: true,
        cell: (segment: string) => (
          <Weight label={`${words(variant)}, ${words(segment)}`} before={before[segment]?.[variant]} after={after[segment]?.[variant] ?? 0} />
        ),
      })),
    ]}
    foot="The share of people in each segment that gets each variant, and by how many percentage points it moves."
  />
);
