// The rows of an answer.
import type { RowsView } from "@/api/lake";
import { leftOut } from "@/features/sql/gate";
import { plural } from "@/ui/format";
import { Frame, Nothing } from "@/ui/panel";
import { Table } from "@/ui/table";

const NUMBERS = ["integer", "number", "decimal"];

function written(value: unknown) {
  if (value === null) return <span className="text-muted">null</span>;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function Result({ rows: { columns, rows, truncated, left_out }, title = "Rows" }: { rows: RowsView; title?: string }) {
  const shown = truncated ? "the first thousand; save as CSV for all of them" : plural(rows.length, "row");
  const note = [shown, leftOut(left_out)].filter(Boolean).join("; ");
  return (
    <Frame title={title} note={note}>
      {rows.length === 0 ? (
        <Nothing>The question has no rows.</Nothing>
      ) : (
        <Table<unknown[]>
          caption={title}
          rows={rows}
          id={(_, index) => `${index}`}
          columns={columns.map(({ name, type }, at) => ({
            // Two columns may have one name.
            head: columns.findIndex((one) => one.name === name) === at ? name : `${name} (${at + 1})`,
            number: NUMBERS.includes(type),
            cell: (row) => written(row[at]),
          }))}
        />
      )}
    </Frame>
  );
}
