// What happened with a person, newest first.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTimeline, type Happened } from "@/api/people";
import { inShort } from "@/features/people/known";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { dateTime, words } from "@/ui/format";
import { Nothing, Panel } from "@/ui/panel";

const STEP = 100;
const MOST = 1000;

const TONES: Record<string, Tone> = {
  event: "plain", decision: "accent", delivery: "accent", response: "good",
  audience: "warn", loop: "warn", campaign: "warn", consent: "plain", identity: "plain",
};

/** What is said beside the name: where it belongs, and why, in the words of its kind. */
export function beside({ kind, about, detail }: Happened): string {
  const more = kind === "event" ? "" : words(detail ?? "");
  const what = kind === "identity" ? `by ${words(about ?? "an event")}` : kind === "event" ? `from ${about ?? "?"}` : words(about ?? "");
  return [what, more].filter(Boolean).join(" · ");
}

/** What an event brought along; nothing where it brought nothing. */
function properties({ kind, detail }: Happened): unknown {
  if (kind !== "event" || !detail || detail === "{}") return undefined;
  try {
    return JSON.parse(detail) as unknown;
  } catch {
    return detail;
  }
}

const BAD: Record<string, Tone> = { failed: "bad", bounced: "bad", deferred: "warn", uncertain: "warn" };

function Row({ entry }: { entry: Happened }) {
  const { at, kind, what, id } = entry;
  return (
    <>
      <Badge tone={kind === "delivery" ? (BAD[what] ?? "accent") : TONES[kind]}>{kind}</Badge>
      {kind === "decision" && id ? (
        <Link className="font-medium underline" to="/decisions/$id" params={{ id }}>{words(what)}</Link>
      ) : (
        <span className="font-medium">{kind === "event" ? what : words(what)}</span>
      )}
      <span className="min-w-0 text-muted sm:flex-1 sm:truncate">{[beside(entry), inShort(properties(entry))].filter(Boolean).join(" · ")}</span>
      <time dateTime={at} className="ml-auto text-xs whitespace-nowrap text-muted">{dateTime(at)}</time>
    </>
  );
}

function Entry({ entry }: { entry: Happened }) {
  const all = properties(entry);
  const row = "flex flex-wrap items-center gap-x-2 gap-y-1 sm:flex-nowrap";
  if (all === undefined) return <li className={`border-b border-line py-1.5 pl-4 last:border-0 ${row}`}><Row entry={entry} /></li>;
  return (
    <li className="border-b border-line py-1.5 last:border-0">
      <details className="group">
        <summary className={`relative list-none pl-4 ${row}`}>
          <span aria-hidden="true" className="absolute top-1 left-0 text-xs text-muted group-open:rotate-90">▸</span>
          <Row entry={entry} />
        </summary>
        <pre className="mt-1 ml-4 overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs" tabIndex={0}>{JSON.stringify(all, null, 2)}</pre>
      </details>
    </li>
  );
}

export function TimelinePanel({ id }: { id: string }) {
  const [limit, setLimit] = useState(STEP);
  const timeline = useTimeline(id, limit);
  const none = <Nothing>Nothing is recorded yet.</Nothing>;
  return (
    <Panel title="Timeline" query={timeline} height="h-96" empty={({ entries }) => (entries.length === 0 ? none : null)}>
      {({ entries, truncated }) => (
        <>
          <ol>
            {entries.map((entry, index) => (
              <Entry key={`${entry.kind} ${entry.id} ${entry.at} ${index}`} entry={entry} />
            ))}
          </ol>
          {truncated && limit < MOST && (
            <Button onClick={() => setLimit(Math.min(MOST, limit + STEP * 2))} disabled={timeline.isPlaceholderData}>
              Show more
            </Button>
          )}
          {truncated && limit >= MOST && <p className="text-muted">There is more: ask for it in the SQL console.</p>}
        </>
      )}
    </Panel>
  );
}
