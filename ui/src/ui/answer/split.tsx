// A few metrics of one thing, by another: a table that is read as a part of its page.
import type { ReactNode } from "react";
import { useMetricAnswer, type MetricQuestion, type MetricRow } from "@/api/metrics";
import { AnswerFoot } from "@/ui/answer/foot";
import { Rows } from "@/ui/answer/rows";
import { isEmpty } from "@/ui/answer/state";
import { Nothing, Panel } from "@/ui/panel";

interface Props {
  title: string;
  note?: string;
  question: MetricQuestion;
  /** What to say where there is nothing. */
  nothing: string;
  name?: (row: MetricRow) => ReactNode;
}

export function Split({ title, note, question, nothing, name }: Props) {
  const answer = useMetricAnswer(question);
  return (
    <Panel title={title} note={note} query={answer} height="h-48" empty={(found) => (isEmpty(found) ? <Nothing>{nothing}</Nothing> : null)}>
      {(found) => <><Rows answer={found} rows={found.rows} metrics={found.metrics} caption={title} name={name} /><AnswerFoot answer={found} /></>}
    </Panel>
  );
}
