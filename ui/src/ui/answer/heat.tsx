// A heat map that is a table: the figures stand in the cells, so that the colour never says it alone.
import type { AnsweredMetric, MetricAnswer, MetricValue } from "@/api/metrics";
import { gridOf } from "@/ui/answer/grid";
import { count, words } from "@/ui/format";
import { basis, written } from "@/ui/metric-value";

const HEATS = ["", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5", "heat-6"];

function Cell({ value, metric, heat }: { value: MetricValue | undefined; metric: AnsweredMetric; heat: number }) {
  if (!value || (value.value == null && value.state !== "immature")) {
    return <td className="px-1.5 py-1 text-center text-muted">{value?.state === "hidden" ? <abbr title="too few people">·</abbr> : "—"}</td>;
  }
  const few = value.state === "below_minimum";
  const open = value.state === "immature" || value.immature > 0;
  return (
    <td title={basis(value, metric.format, metric.minimum)} className={`px-1.5 py-1 text-center whitespace-nowrap tabular-nums ${HEATS[heat] ?? ""} ${open ? "hatched" : ""} ${few ? "text-muted" : ""}`}>
      {value.value == null ? <span className="sr-only">maturing</span> : written(metric.format)(value.value)}
      {few && <><span aria-hidden="true">*</span><span className="sr-only"> from few</span></>}
      {open && value.value != null && <span className="sr-only"> so far</span>}
    </td>
  );
}

export function Heat({ answer, metric, caption }: { answer: MetricAnswer; metric: AnsweredMetric; caption: string }) {
  const grid = gridOf(answer, metric.name);
  const cohorts = grid.heads[1] === "age";
  const values = grid.rows.flatMap((row) => grid.columns.map((column) => grid.at(row, column)));
  const few = values.some((value) => value?.state === "below_minimum");
  const open = values.some((value) => value && (value.state === "immature" || value.immature > 0));
  return (
    <>
      <div className="relative overflow-x-auto rounded-md" role="region" aria-label={caption} tabIndex={0}>
        <table className="w-full border-separate border-spacing-0.5 text-xs">
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr className="text-muted">
              <th scope="col" className="sticky left-0 z-1 bg-surface px-2 py-1 text-left font-medium">{words(cohorts ? "cohort" : grid.heads[0])}</th>
              {cohorts && <th scope="col" className="px-1.5 py-1 text-right font-medium">People</th>}
              {grid.columns.map((column) => (
                <th key={column} scope="col" className="max-w-32 truncate px-1.5 py-1 font-medium">
                  {cohorts && <span className="sr-only">age </span>}{words(grid.word(grid.heads[1], column))}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {grid.rows.map((row) => (
              <tr key={row}>
                <th scope="row" className="sticky left-0 z-1 max-w-48 truncate bg-surface px-2 py-1 text-left font-medium whitespace-nowrap">{words(grid.word(grid.heads[0], row))}</th>
                {cohorts && <td className="px-1.5 py-1 text-right tabular-nums">{count(grid.at(row, "0")?.n)}</td>}
                {grid.columns.map((column) => {
                  const value = grid.at(row, column);
                  return <Cell key={column} value={value} metric={metric} heat={grid.level(value)} />;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(few || open || answer.truncated) && (
        <p className="pt-2 text-xs text-muted">
          {[few && `* from fewer than ${count(metric.minimum)}, so not coloured`, open && "hatched: still maturing", answer.truncated && "there are more; these are the first"].filter(Boolean).join("; ")}
        </p>
      )}
    </>
  );
}
