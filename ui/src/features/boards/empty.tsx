// Why a tile shows nothing, and the one thing to do about it: there was never anything, a filter took it
// away, or the period is too short.
import { Link } from "@tanstack/react-router";
import { useMetricAnswer, useMetrics } from "@/api/metrics";
import type { TileAsked } from "@/features/boards/asked";
import { everOf, isEmpty, remedy } from "@/ui/answer/state";
import { Button, buttonClass } from "@/ui/button";
import { words } from "@/ui/format";
import { Nothing, Skeleton } from "@/ui/panel";
import type { Looked } from "@/ui/question";
import { readWhere, withoutField } from "@/ui/where";

interface Props {
  asked: TileAsked;
  looked: Looked;
  onChange: (next: Partial<Looked>) => void;
}

export function Empty({ asked, looked, onChange }: Props) {
  const metrics = useMetrics().data?.metrics ?? [];
  // What is counted from the beginning of a period has none of all time.
  const anchored = metrics.some(({ name, definition }) => asked.question.metrics.includes(name) && definition["anchor"] === "period_start");
  const ever = useMetricAnswer(everOf(asked.question), !anchored);
  if (!anchored && !ever.data && !ever.error) return <Skeleton height="h-20" />;
  if (ever.data && isEmpty(ever.data)) {
    const { says, to, name } = remedy(metrics, asked.question.metrics[0]);
    return <Nothing action={<Link to={to} className={buttonClass()}>{name}</Link>}>There was never any data for this. {says}</Nothing>;
  }
  const taken = (asked.question.filters ?? []).map(({ field }) => field);
  const filters = readWhere(looked.where).filter(({ field }) => taken.includes(field));
  if (filters.length === 0) {
    const longer = asked.range === "12mo" ? "all" : "12mo";
    if (asked.own) return <Nothing>Nothing happened in this period.</Nothing>;
    return (
      <Nothing action={<Button onClick={() => onChange({ range: longer })}>{longer === "all" ? "Show all time" : "Show 12 months"}</Button>}>
        Nothing happened in this period.
      </Nothing>
    );
  }
  const removal = filters.map(({ field }) => (
    <Button key={field} onClick={() => onChange({ where: withoutField(looked.where, field) })}>Without the filter on {words(field)}</Button>
  ));
  return <Nothing action={<span className="flex flex-wrap gap-2">{removal}</span>}>No rows for these filters.</Nothing>;
}
