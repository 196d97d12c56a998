// A metric over time or age as lines, what happened beside it, and the table of the same numbers.
import { useAnnotations } from "@/api/boards";
import type { AnsweredMetric, MetricAnswer } from "@/api/metrics";
import { describe } from "@/ui/answer/describe";
import { markText, marksOf, type Mark } from "@/ui/answer/marks";
import { Rows } from "@/ui/answer/rows";
import { Chart } from "@/ui/chart";
import { date, dayOf } from "@/ui/format";
import { lines } from "@/ui/metric-value";
import { Nothing } from "@/ui/panel";
import { Table } from "@/ui/table";

/** Units of time as people read them; ages and days of curves stand as they are. */
const place = (x: string) => (/^\d{4}-\d{2}-\d{2}$/.test(x) ? dayOf(date(x)) : x.replace("T", " ").replace(/:00$/, ""));

function Marks({ marks }: { marks: readonly Mark[] }) {
  if (marks.length === 0) return null;
  return (
    <details className="mt-2 text-xs text-muted">
      <summary className="py-1">{marks.length === 1 ? "What happened at the mark" : `What happened at the ${marks.length} marks`}</summary>
      <ol className="mt-1 list-decimal pl-5">
        {marks.map((mark) => <li key={mark.x}>{markText(mark)}</li>)}
      </ol>
    </details>
  );
}

export function Lines({ answer, metric, title }: { answer: MetricAnswer; metric: AnsweredMetric; title: string }) {
  const { annotations = [] } = useAnnotations().data ?? {};
  const series = lines(answer, metric.name, metric.format);
  if (!series) return <Nothing>There is nothing to draw.</Nothing>;
  const places = answer.rows.flatMap(({ time }) => (time == null ? [] : [time]));
  const marks = marksOf(annotations, [...new Set(places)].sort(), answer.period.to_at);
  const what = answer.grain !== "none" ? `by ${answer.grain}` : answer.rows.some(({ age }) => age != null) ? "by age" : "by day since";
  const happened = marks.length > 0 ? ` Marked: ${marks.map(markText).join("; ")}.` : "";
  const curve = answer.total[metric.name]?.now.curve ?? [];
  const table = curve.length > 0 ? (
    <Table
      caption={title} rows={series.lines[0]?.points ?? []} id={({ x }) => x}
      columns={[
        { head: "Since", cell: ({ x }) => x },
        { head: "Reached", number: true, cell: ({ y }) => (y === null ? "—" : series.format(y)) },
        { head: "95 %", number: true, cell: ({ low, high }) => (low == null || high == null ? "" : `${series.format(low)} to ${series.format(high)}`) },
      ]}
    />
  ) : <Rows answer={answer} rows={answer.rows} metrics={[metric]} caption={title} />;
  return (
    <div>
      <Chart description={`${describe(`${title} ${what}`, series)}${happened}`} series={{ ...series, short: place, marks }} table={table} />
      <Marks marks={marks} />
    </div>
  );
}
