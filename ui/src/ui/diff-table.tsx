// What differs between two versions, value by value.
import { brief, differences } from "@/ui/diff";
import { plural } from "@/ui/format";
import { Table } from "@/ui/table";

interface Props {
  caption: string;
  before: unknown;
  after: unknown;
  /** Paths that say nothing. */
  hide?: RegExp;
}

export function DiffTable({ caption, before, after, hide }: Props) {
  const all = differences(before, after).filter(({ path }) => !hide?.test(path));
  // A weight that moved in its fourth place is no news.
  const rows = all.filter((row) => brief(row.before) !== brief(row.after));
  const small = all.length - rows.length;
  if (rows.length === 0) return <p className="text-muted">{small > 0 ? "Only numbers in places that are not shown." : "Nothing differs."}</p>;
  return (
    <Table
      caption={caption}
      rows={rows}
      id={({ path }) => path}
      foot={small > 0 ? `and ${plural(small, "number")} that moved by less than a thousandth` : undefined}
      columns={[
        { head: "What", cell: ({ path }) => <code className="break-all">{path}</code> },
        { head: "Before", number: true, cell: (row) => <del className="text-bad no-underline">{brief(row.before)}</del> },
        { head: "After", number: true, cell: (row) => <ins className="text-good no-underline">{brief(row.after)}</ins> },
      ]}
    />
  );
}
