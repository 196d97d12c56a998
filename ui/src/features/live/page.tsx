// Events as they come: accepted, rejected and why. The list stands still while the pointer is on it.
import { useState } from "react";
import { useDeadLetters } from "@/api/collect";
import { useMay } from "@/api/session";
import { Letters } from "@/features/live/letters";
import { useTail, type Heard } from "@/features/live/tail";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { dateTime, plural } from "@/ui/format";
import { Page } from "@/ui/page";
import { Frame, Nothing } from "@/ui/panel";

const FAMILIES = { "event,dead_letter": "Events and rejections", event: "Events", dead_letter: "Rejections", "decision,delivery,response": "Decisions and what came of them", all: "Every record" };

function Line({ heard }: { heard: Heard }) {
  const { family, at, title, who, detail } = heard;
  const bad = family === "dead_letter";
  return (
    <li className="border-b border-line py-1.5 last:border-0">
      <details>
        <summary className="flex cursor-pointer flex-wrap items-center gap-2">
          <Badge tone={bad ? "bad" : family === "event" ? "plain" : "accent"}>{bad ? "rejected" : family}</Badge>
          <span className="font-medium">{title}</span>
          <span className="text-muted">{who}</span>
          <time dateTime={at} className="ml-auto text-xs text-muted">{dateTime(at)}</time>
        </summary>
        <pre className="mt-1 overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs" tabIndex={0}>{detail}</pre>
      </details>
    </li>
  );
}

export function LivePage() {
  const [family, setFamily] = useState("event,dead_letter");
  const [wanted, setWanted] = useState("");
  const { shown, waiting, state, hold, release, clear } = useTail(family);
  const letters = useDeadLetters({ limit: 100 });
  const may = useMay("write");
  const text = wanted.toLowerCase();
  const lines = shown.filter(({ detail, title }) => !text || `${title} ${detail}`.toLowerCase().includes(text));
  return (
    <Page title="Live events" lead="What is accepted and rejected, from this moment on.">
      <Frame
        title="Stream"
        note={state === "open" ? "listening" : state === "connecting" ? "connecting …" : "the connection broke; trying again"}
        aside={<Button onClick={clear}>Clear</Button>}
      >
        <div className="mb-3 flex flex-wrap gap-3">
          <SelectField label="Show" value={family} onChange={(event) => setFamily(event.target.value)}>
            {Object.entries(FAMILIES).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
          </SelectField>
          <TextField label="Only with this text" value={wanted} onChange={(event) => setWanted(event.target.value)} />
        </div>
        <p role="status" className="min-h-5 text-xs text-muted">{waiting > 0 && `${plural(waiting, "more record")} came while you look; move away to see them.`}</p>
        {lines.length === 0 ? (
          <Nothing>{shown.length > 0 ? `None of the ${shown.length} records has this text.` : "Nothing has come yet. Send an event, and it appears here within a second."}</Nothing>
        ) : (
          <ol onPointerEnter={hold} onPointerLeave={release} onFocus={hold} onBlur={release} aria-label="Records">
            {lines.map((heard) => <Line key={heard.id} heard={heard} />)}
          </ol>
        )}
      </Frame>
      <Letters query={letters} may={may} />
    </Page>
  );
}
