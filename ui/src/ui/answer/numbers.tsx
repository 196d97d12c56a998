// The whole as one number, with its interval and how it was in other periods.
import type { AnsweredMetric, Metric, MetricAnswer, MetricValue } from "@/api/metrics";
import { count, date, words } from "@/ui/format";
import { basis, changed, shown } from "@/ui/metric-value";

/** Whether a change is for the better is said by a colour and a sign beside the words. */
function tone(then: MetricValue, better: unknown): string {
  const by = then.relative_change ?? 0;
  if (by === 0 || (better !== "up" && better !== "down")) return "text-muted";
  return by > 0 === (better === "up") ? "text-good" : "text-bad";
}

interface Props {
  answer: MetricAnswer;
  metric: AnsweredMetric;
  definition: Metric | undefined;
}

export function Numbers({ answer, metric, definition }: Props) {
  const total = answer.total[metric.name];
  const now = total?.now;
  const open = now?.state === "immature";
  return (
    <div className="flex flex-col gap-1">
      <p className={`w-fit rounded text-2xl font-semibold tabular-nums ${open ? "hatched px-2" : ""}`}>{shown(now, metric.format)}</p>
      {open && now.mature_at && <p className="text-xs">{count(now.immature)} maturing until {date(now.mature_at)}</p>}
      {!open && <p className="text-xs text-muted">{basis(now, metric.format, metric.minimum)}</p>}
      {answer.compared.map(({ name }) => {
        const then = total?.compared[name];
        const by = changed(then);
        return then && (
          <p key={name} className="text-xs">
            {by && by !== "—" && <b className={tone(then, definition?.definition["better"])}>{by} </b>}
            <span className="text-muted">{then.value == null ? `nothing in the ${words(name)}` : `from ${shown(then, metric.format)}, ${words(name)}`}</span>
          </p>
        );
      })}
    </div>
  );
}
