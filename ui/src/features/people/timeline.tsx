// What happened with a person, newest first.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTimeline, type Happened } from "@/api/people";
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

function pretty(detail: string): string {
  try {
    return JSON.stringify(JSON.parse(detail), null, 2);
  } catch {
    return detail;
  }
}

function Entry({ entry }: { entry: Happened }) {
  const { at, kind, what, id, detail } = entry;
  return (
    <li className="flex flex-col gap-1 border-b border-line py-2 last:border-0">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={TONES[kind]}>{kind}</Badge>
        {kind === "decision" && id ? (
          <Link className="font-medium underline" to="/decisions/$id" params={{ id }}>{words(what)}</Link>
        ) : (
          <span className="font-medium">{kind === "event" ? what : words(what)}</span>
        )}
        <span className="text-muted">{beside(entry)}</span>
        <time dateTime={at} className="ml-auto text-xs text-muted">{dateTime(at)}</time>
      </p>
      {kind === "event" && detail && detail !== "{}" && (
        <details>
          <summary className="cursor-pointer text-xs text-muted">properties</summary>
          <pre className="overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs" tabIndex={0}>{pretty(detail)}</pre>
        </details>
      )}
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
