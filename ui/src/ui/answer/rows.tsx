// Rows of an answer as a table: a ranking with bars or intervals in its cells, or all metrics of each row.
import type { ReactNode } from "react";
import type { AnsweredMetric, MetricAnswer, MetricRow } from "@/api/metrics";
import { CellBar, extentOf } from "@/ui/answer/bar";
import { date, words } from "@/ui/format";
import { basis, brief, changed, nameOf, shown } from "@/ui/metric-value";
import { Table, type Column } from "@/ui/table";

interface Props {
  answer: MetricAnswer;
  rows: readonly MetricRow[];
  metrics: readonly AnsweredMetric[];
  caption: string;
  /** Drawn beside the value; only of one metric. */
  draw?: "bar" | "interval";
  /** The name of a row, as a way to somewhere. */
  name?: (row: MetricRow) => ReactNode;
  /** A value, as a way to somewhere. */
  cell?: (row: MetricRow, metric: AnsweredMetric, text: string) => ReactNode;
}

const day = /^\d{4}-\d{2}-\d{2}$/;
const when = ({ time, age }: MetricRow) => (time == null ? `age ${age ?? ""}` : day.test(time) ? date(time) : time.replace("T", " "));

/** A value whose unit of time or cohort is not over yet is hatched, and says until when. */
function Value({ row, metric, children }: { row: MetricRow; metric: AnsweredMetric; children: ReactNode }) {
  const now = row.metrics[metric.name]?.now;
  if (now?.state !== "immature") return <>{children}</>;
  return <span className="hatched rounded px-1">{children}{now.mature_at && ` until ${date(now.mature_at)}`}</span>;
}

/** Of several metrics, what each is from and how it has changed stands below it, so that the table is not too wide. */
function Beside({ row, metric }: { row: MetricRow; metric: AnsweredMetric }) {
  const { now, compared = {} } = row.metrics[metric.name] ?? {};
  return (
    <span className="ml-auto block max-w-44 text-xs whitespace-normal text-muted">
      {brief(now, metric.format, metric.minimum)}
      {Object.entries(compared).map(([name, then]) => changed(then) && <span key={name} className="block">{changed(then)} on {words(name)}</span>)}
    </span>
  );
}

export function Rows({ answer, rows, metrics, caption, draw, name = nameOf, cell = (_row, _metric, text) => text }: Props) {
  const timed = rows.some(({ time, age }) => time != null || age != null);
  const one = metrics.length === 1 ? metrics[0] : undefined;
  const of = (row: MetricRow, metric: AnsweredMetric) => row.metrics[metric.name];
  const extent = one && draw ? extentOf(rows.map((row) => of(row, one)?.now ?? {}), true) : null;
  const column = (metric: AnsweredMetric): Column<MetricRow>[] => [
    ...(extent ? [{ head: draw === "interval" ? "Value and interval" : "Bar", cell: (row: MetricRow) => <CellBar {...of(row, metric)?.now} extent={extent} dot={draw === "interval"} /> }] : []),
    {
      head: metric.label, number: true,
      cell: (row) => (
        <Value row={row} metric={metric}>
          {cell(row, metric, shown(of(row, metric)?.now, metric.format))}
          {!one && <Beside row={row} metric={metric} />}
        </Value>
      ),
    },
    ...(one ? answer.compared : []).map((other): Column<MetricRow> => ({
      head: words(other.name), number: true,
      cell: (row) => {
        const then = of(row, metric)?.compared[other.name];
        const by = changed(then);
        return <>{shown(then, metric.format)}{by && by !== "—" && <span className="block text-xs text-muted">{by} since</span>}</>;
      },
    })),
    ...(one ? [{ head: "From", cell: (row: MetricRow) => <span className="block max-w-44 text-xs whitespace-normal text-muted">{basis(of(row, metric)?.now, metric.format, metric.minimum)}</span> }] : []),
  ];
  const split = answer.dimensions.length > 0;
  const columns: Column<MetricRow>[] = [
    ...(split || !timed ? [{ head: answer.dimensions.map(words).join(" · ") || "What", cell: name }] : []),
    ...(timed ? [{ head: "When", cell: when }] : []),
    ...metrics.flatMap(column),
  ];
  return (
    <Table
      caption={caption} rows={rows} columns={columns} id={(row, index) => `${nameOf(row)} ${index}`}
      foot={answer.truncated ? "There are more; these are the first." : undefined}
    />
  );
}
