// What differs between two versions, value by value.
import { brief, differences } from "@/ui/diff";
import { Table } from "@/ui/table";

interface Props {
  caption: string;
  before: unknown;
  after: unknown;
  /** Paths that say nothing. */
  hide?: RegExp;
}

export function DiffTable({ caption, before, after, hide }: Props) {
  const rows = differences(before, after).filter(({ path }) => !hide?.test(path));
  if (rows.length === 0) return <p className="text-muted">Nothing differs.</p>;
  return (
    <Table
      caption={caption}
      rows={rows}
      id={({ path }) => path}
      columns={[
        { head: "What", cell: ({ path }) => <code className="break-all">{path}</code> },
        { head: "Before", number: true, cell: (row) => <del className="text-bad no-underline">{brief(row.before)}</del> },
        { head: "After", number: true, cell: (row) => <ins className="text-good no-underline">{brief(row.after)}</ins> },
      ]}
    />
  );
}
