// Any metrics, split and filtered: a line over time and a ranking side by side, the table, the SQL, and files.
import { getRouteApi, Link } from "@tanstack/react-router";
import { asFile, useMetricAnswer, useMetrics, type AnsweredMetric, type Metric, type MetricAnswer } from "@/api/metrics";
import { useMay } from "@/api/session";
import { Chosen, Controls } from "@/features/metrics/controls";
import { AnswerFoot } from "@/ui/answer/foot";
import { Heat } from "@/ui/answer/heat";
import { Lines } from "@/ui/answer/lines";
import { Numbers } from "@/ui/answer/numbers";
import { Rows } from "@/ui/answer/rows";
import { Button, buttonClass } from "@/ui/button";
import { CopyLink } from "@/ui/copy-link";
import { Frame, Loaded, Nothing } from "@/ui/panel";
import { dimensionsOf, metricsOf, question } from "@/ui/question";
import { save } from "@/ui/save";

const route = getRouteApi("/app/metrics");

export function Explore() {
  const asked = route.useSearch();
  const metrics = useMetrics();
  const answer = useMetricAnswer(question(asked));
  return (
    <Loaded query={metrics}>
      {({ metrics }) => (
        <>
          <Controls metrics={metrics.filter(({ status }) => status === "ready")} />
          <Chosen />
          {metricsOf(asked).length === 0 ? (
            <Frame title="Explore"><Nothing>Choose a metric to begin.</Nothing></Frame>
          ) : (
            <Loaded query={answer} height="h-96">{(found) => <Found answer={found} metrics={metrics} />}</Loaded>
          )}
        </>
      )}
    </Loaded>
  );
}

function Files() {
  const asked = question(route.useSearch());
  const take = (form: "csv" | "parquet") => void asFile(asked, form).then((file) => save(`metrics.${form}`, file));
  return (
    <div className="flex flex-wrap gap-2">
      <CopyLink />
      <Button onClick={() => take("csv")}>Save as CSV</Button>
      <Button onClick={() => take("parquet")}>Save as Parquet</Button>
    </div>
  );
}

interface PartProps {
  answer: MetricAnswer;
  metric: AnsweredMetric;
}

/** Over time and ranked, side by side where there is both. */
function Both({ answer, metric }: PartProps) {
  const asked = route.useSearch();
  const split = dimensionsOf(asked);
  const timed = answer.rows.some(({ time, age }) => time != null || age != null);
  const ranking = answer.groups.length > 0 ? answer.groups : answer.rows.filter(({ time, age }) => time == null && age == null);
  const experiment = metric.evidence === "experiment";
  return (
    <div className={`grid items-start gap-5 ${timed && split.length > 0 ? "lg:grid-cols-2" : ""}`}>
      {timed && <Lines answer={answer} metric={metric} title={metric.label} />}
      {split.length > 0 && ranking.length > 0 && <Rows answer={answer} rows={ranking} metrics={[metric]} caption={`${metric.label}, ranked`} draw={experiment ? "interval" : "bar"} />}
      {split.length === 2 && !timed && <Heat answer={answer} metric={metric} caption={`${metric.label} by ${split.join(" and ")}`} />}
    </div>
  );
}

function Watch({ metric }: { metric: string }) {
  const { where, range, zone } = route.useSearch();
  return <Link to="/notices" search={{ make: "alert", of: metric, where, range, zone }} className={buttonClass()}>Alert me …</Link>;
}


function Found({ answer, metrics }: { answer: MetricAnswer; metrics: readonly Metric[] }) {
  const split = answer.dimensions.length > 0;
  const may = useMay("write");
  return (
    <>
      <Files />
      {answer.metrics.map((metric) => {
        const definition = metrics.find((one) => one.name === metric.name);
        return (
          <Frame key={metric.name} title={metric.label} note={definition?.description} aside={may && <Watch metric={metric.name} />}>
            <div className="flex flex-col gap-4">
              {answer.total[metric.name] && <Numbers answer={answer} metric={metric} definition={definition} />}
              <Both answer={answer} metric={metric} />
              {split && answer.rows.length === 0 && <Nothing>Nothing fits these filters in this period.</Nothing>}
            </div>
            <AnswerFoot answer={{ ...answer, metrics: [metric] }} />
          </Frame>
        );
      })}
    </>
  );
}
