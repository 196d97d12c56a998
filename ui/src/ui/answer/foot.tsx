// Where the numbers of an answer come from: evidence, window, version, how fresh, and their SQL.
import { useStatus } from "@/api/server";
import type { MetricAnswer } from "@/api/metrics";
import { coverageTold, covers } from "@/ui/answer/coverage";
import { minutesOld } from "@/ui/answer/state";
import { Badge, type Tone } from "@/ui/badge";
import { dates, dateTime, plural, words } from "@/ui/format";

const TONES: Record<string, Tone> = { experiment: "good", attributed: "warn", observed: "plain" };

export function AnswerFoot({ answer, extra = [], sql = true }: { answer: MetricAnswer; extra?: readonly string[]; sql?: boolean }) {
  const now = useStatus().data?.now;
  const old = minutesOld(answer.watermark, now);
  const evidence = [...new Set(answer.metrics.map((metric) => metric.evidence))];
  const notes = [...extra, ...answer.notes].join(". ");
  return (
    <footer className="mt-3 flex flex-col gap-1 border-t border-line pt-2 text-xs text-muted">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {evidence.map((one) => <Badge key={one} tone={TONES[one] ?? "plain"}>{one}</Badge>)}
        {old !== null && <Badge tone="warn">{plural(old, "minute")} old</Badge>}
        <span>{dates(answer.period.from_at, answer.period.to_at)}</span>
        {covers(answer.coverage).map((one) => <span key={one}>{one}</span>)}
      </p>
      <details>
        <summary className="py-1">About {answer.metrics.length === 1 ? "this number" : "these numbers"}</summary>
        <ul className="mt-1 list-disc pl-5">
          {answer.metrics.map(({ name, label, version, window, attribution, minimum, pitfalls }) => (
            <li key={name}>
              {label}, version {version}{window && `, window ${window}`}{attribution && `, ${words(attribution)}`}{minimum > 0 && `, ranked from ${minimum} on`}. {pitfalls.join(" ")}
            </li>
          ))}
          <li>Complete up to {dateTime(answer.watermark)}; days of {answer.zone}{notes && `. ${notes}`}.</li>
          {answer.coverage && <li>{coverageTold(answer.coverage)}</li>}
        </ul>
        {sql && (
          <details className="mt-1">
            <summary className="py-1">SQL</summary>
            <pre tabIndex={0} className="mt-1 max-h-72 overflow-auto rounded-md bg-sunken p-2 text-xs">{answer.metrics.flatMap((metric) => metric.sql).join(";\n\n")}</pre>
          </details>
        )}
      </details>
    </footer>
  );
}
