// A funnel as a table with bars: how many came how far, of those who began and of the step before.
import type { FunnelAnswer } from "@/api/boards";
import { CellBar } from "@/ui/answer/bar";
import { covers } from "@/ui/answer/coverage";
import { count, date, dates, dateTime, percent, words } from "@/ui/format";
import { Table } from "@/ui/table";

type Step = FunnelAnswer["steps"][number];

const WHOLE = { low: 0, high: 1 };

export function FunnelTable({ answer, caption }: { answer: FunnelAnswer; caption: string }) {
  const place = (step: Step) => answer.steps.indexOf(step);
  return (
    <>
      <Table
        caption={caption} rows={answer.steps} id={({ event }, index) => `${index} ${event}`}
        columns={[
          { head: "Step", cell: (step) => `${place(step) + 1}. ${step.label}` },
          { head: "Of those who began", cell: (step) => <CellBar value={step.of_first} low={place(step) > 0 ? step.low : null} high={place(step) > 0 ? step.high : null} extent={WHOLE} /> },
          { head: "Share", number: true, cell: ({ of_first }) => percent(of_first) },
          { head: "People", number: true, cell: ({ people }) => (people == null ? "too few" : count(people)) },
          { head: "Of the step before", number: true, cell: (step) => (place(step) === 0 ? "" : percent(step.of_previous)) },
          { head: "Lost there", number: true, cell: (step) => lost(answer.steps, place(step)) },
          ...answer.compared.map((other) => ({
            head: `Share, ${words(other.name)}`, number: true,
            cell: (step: Step) => percent(other.steps[place(step)]?.of_first),
          })),
        ]}
      />
      <footer className="mt-3 border-t border-line pt-2 text-xs text-muted">
        <p>{dates(answer.period.from_at, answer.period.to_at)}, within {answer.window} of the first step; {["complete up to " + dateTime(answer.watermark), ...covers(answer.coverage)].join(", ")}.</p>
        {answer.immature > 0 && <p className="hatched mt-1 w-fit rounded px-1 text-ink">{count(answer.immature)} can still go on, until {date(answer.mature_at)}.</p>}
        <details className="mt-1">
          <summary className="py-1">About this funnel</summary>
          <p className="mt-1">{answer.notes.join(". ")}.</p>
          <pre tabIndex={0} className="mt-1 max-h-72 overflow-auto rounded-md bg-sunken p-2">{answer.sql.join(";\n\n")}</pre>
        </details>
      </footer>
    </>
  );
}

function lost(steps: readonly Step[], index: number): string {
  const [before, now] = [steps[index - 1]?.people, steps[index]?.people];
  return before == null || now == null ? "" : count(before - now);
}
