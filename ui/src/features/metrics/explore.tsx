// Any metrics, split and filtered: a line over time, a ranking, and the table of both.
import { getRouteApi } from "@tanstack/react-router";
import { useMetricAnswer, useMetrics, type Metric, type MetricAnswer } from "@/api/metrics";
import { Chosen, Controls } from "@/features/metrics/controls";
import { dimensionsOf, metricsOf, question } from "@/features/metrics/question";
import { basis, changed, lines, nameOf, shown } from "@/features/metrics/value";
import { Chart } from "@/ui/chart";
import { dateTime, dates, words } from "@/ui/format";
import { Frame, Loaded, Nothing } from "@/ui/panel";
import { Stat } from "@/ui/stat";
import { Table, type Column } from "@/ui/table";

const route = getRouteApi("/app/metrics");

export function Explore() {
  const asked = route.useSearch();
  const metrics = useMetrics();
  const answer = useMetricAnswer(question(asked));
  const chosen = metricsOf(asked);
  return (
    <Loaded query={metrics}>
      {({ metrics }) => (
        <>
          <Controls metrics={metrics.filter(({ status }) => status === "ready")} />
          <Chosen />
          {chosen.length === 0 ? (
            <Frame title="Explore"><Nothing>Choose a metric to begin.</Nothing></Frame>
          ) : (
            <Loaded query={answer}>{(found) => <Found answer={found} metrics={metrics} />}</Loaded>
          )}
        </>
      )}
    </Loaded>
  );
}

function Found({ answer, metrics }: { answer: MetricAnswer; metrics: readonly Metric[] }) {
  const asked = route.useSearch();
  const split = dimensionsOf(asked).length > 0;
  const ranking = answer.groups.length > 0 ? answer.groups : answer.rows.filter(({ time, age }) => time == null && age == null);
  return (
    <>
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {answer.metrics.map(({ name, label, format }) => {
          const total = answer.total[name];
          const before = answer.compared.map((one) => `${changed(total?.compared[one.name])} to ${words(one.name)}`);
          return total && <Stat key={name} label={label} value={shown(total.now, format)} note={[basis(total.now, format), ...before].filter((one) => one !== "").join("; ")} />;
        })}
      </div>
      {answer.metrics.map(({ name, label, format, evidence, version, window, sql, minimum }) => {
        const series = lines(answer, name, format);
        const description = metrics.find((one) => one.name === name)?.description ?? undefined;
        const note = [evidence, `version ${version}`, window && `window ${window}`, minimum > 0 && `rankings want ${minimum}`].filter(Boolean).join(", ");
        return (
          <Frame key={name} title={label} note={note}>
            <div className="flex flex-col gap-4">
              {description && <p className="text-sm text-muted">{description}</p>}
              {series && <Chart description={`${label} by ${answer.grain === "none" ? "age" : answer.grain}`} series={series} table={<Rows answer={answer} rows={answer.rows} metric={name} format={format} caption={label} />} />}
              {split && ranking.length > 0 && <Rows answer={answer} rows={ranking} metric={name} format={format} caption={`${label}, ranked`} />}
              {split && answer.rows.length === 0 && <Nothing>Nothing fits these filters in this period.</Nothing>}
              <details>
                <summary className="cursor-pointer py-1 text-sm font-medium">SQL</summary>
                <pre tabIndex={0} className="mt-2 max-h-96 overflow-auto rounded-md bg-sunken p-3 text-xs">{sql.join(";\n\n")}</pre>
              </details>
            </div>
          </Frame>
        );
      })}
      <p className="text-xs text-muted">
        {dates(answer.period.from_at, answer.period.to_at)}, the last day not counted; complete up to {dateTime(answer.watermark)}. {answer.notes.join(". ")}
      </p>
    </>
  );
}

interface RowsProps {
  answer: MetricAnswer;
  rows: MetricAnswer["rows"];
  metric: string;
  format: string;
  caption: string;
}

function Rows({ answer, rows, metric, format, caption }: RowsProps) {
  type Row = MetricAnswer["rows"][number];
  const timed = rows.some(({ time, age }) => time != null || age != null);
  const of = (row: Row) => row.metrics[metric];
  const columns: Column<Row>[] = [
    { head: answer.dimensions.map(words).join(" · ") || "What", cell: nameOf },
    ...(timed ? [{ head: "When", cell: ({ time, age }: Row) => time ?? `age ${age ?? ""}` }] : []),
    { head: "Value", number: true, cell: (row) => shown(of(row)?.now, format) },
    ...answer.compared.flatMap((other): Column<Row>[] => [
      { head: words(other.name), number: true, cell: (row) => shown(of(row)?.compared[other.name], format) },
      { head: `change to ${words(other.name)}`, number: true, cell: (row) => changed(of(row)?.compared[other.name]) },
    ]),
    { head: "From", cell: (row) => basis(of(row)?.now, format) },
  ];
  return (
    <Table
      caption={caption} rows={rows} columns={columns} id={(row, index) => `${nameOf(row)} ${index}`}
      foot={answer.truncated ? "There are more; these are the first." : undefined}
    />
  );
}
