// Tables. On a narrow screen they scroll by themselves, with the keyboard too.
import type { ReactNode } from "react";

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  number?: boolean;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row, index: number) => string;
  foot?: ReactNode;
}

export function Table<Row>({ caption, columns, rows, id, foot }: Props<Row>) {
  return (
    <div className="overflow-x-auto rounded-md" role="region" aria-label={caption} tabIndex={0}>
      <table className="w-full border-collapse text-left">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-xs text-muted">
            {columns.map(({ head, number }) => (
              <th key={head} scope="col" className={`px-3 py-2 font-medium whitespace-nowrap ${number ? "text-right" : ""}`}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={id(row, index)} className="border-b border-line last:border-0 hover:bg-sunken">
              {columns.map(({ head, cell, number }) => (
                <td key={head} className={`px-3 py-2 align-top ${number ? "text-right whitespace-nowrap tabular-nums" : ""}`}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {foot && <p className="px-3 py-2 text-xs text-muted">{foot}</p>}
    </div>
  );
}
