// Tables. On a narrow screen they scroll by themselves, with the keyboard too; the first column stays.
import type { ReactNode } from "react";

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  number?: boolean;
  /** Sentences break; everything else stays on one line. */
  long?: boolean;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row, index: number) => string;
  foot?: ReactNode;
}

const cellClass = ({ number, long }: Column<never>, at: number) =>
  [
    "px-3 py-2 align-top",
    number ? "text-right tabular-nums" : "",
    long ? "min-w-64" : "whitespace-nowrap",
    at === 0 ? "sticky left-0 z-1 max-w-[55vw] truncate bg-inherit" : "",
  ].join(" ");

export function Table<Row>({ caption, columns, rows, id, foot }: Props<Row>) {
  return (
    <>
      <div className="relative overflow-x-auto rounded-md" role="region" aria-label={caption} tabIndex={0}>
        <table className="w-full border-collapse text-left">
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr className="border-b border-line bg-surface text-xs text-muted">
              {columns.map((column, at) => (
                <th key={column.head} scope="col" className={`font-medium ${cellClass({ ...column, long: false }, at)} align-bottom! ${at > 0 ? "whitespace-normal!" : ""}`}>
                  {column.head || <span className="sr-only">Actions</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={id(row, index)} className="border-b border-line bg-surface last:border-0 hover:bg-sunken">
                {columns.map((column, at) => (
                  <td key={column.head} className={cellClass(column, at)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {foot && <p className="px-3 pt-2 text-xs text-muted">{foot}</p>}
    </>
  );
}
