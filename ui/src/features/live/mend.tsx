// A rejected event is mended by hand and collected again.
import { useState } from "react";
import type { Letter } from "@/api/collect";
import type { useReplay } from "@/api/collect";
import { told } from "@/features/live/told";
import { Button } from "@/ui/button";
import { CodeField } from "@/ui/field";
import { Failure } from "@/ui/panel";

interface Props {
  letter: Letter;
  replay: ReturnType<typeof useReplay>;
  onDone: () => void;
}

export function Mend({ letter, replay, onDone }: Props) {
  const [text, setText] = useState(() => told(letter.raw));
  const [wrong, setWrong] = useState<Error | null>(null);
  const send = () => {
    let event: unknown;
    try {
      event = JSON.parse(text);
    } catch (why) {
      setWrong(new Error(`This is no JSON: ${why instanceof Error ? why.message : String(why)}`));
      return;
    }
    setWrong(null);
    replay.mutate({ ids: [letter.letter], event }, { onSuccess: onDone });
  };
  const error = wrong ?? replay.error;
  return (
    <div className="flex flex-col gap-3 p-4">
      <p>{letter.message}{letter.hint && <span className="block text-xs text-muted">{letter.hint}</span>}</p>
      <CodeField label="The event, as it should have come" hint="JSON. The letter stays, and names what was collected in its place." rows={Math.min(16, text.split("\n").length + 1)} value={text} onChange={({ target }) => setText(target.value)} />
      {error && <Failure error={error} />}
      <div className="flex gap-2">
        <Button look="main" onClick={send} disabled={replay.isPending}>{replay.isPending ? "Collecting …" : "Collect it like this"}</Button>
        <Button onClick={onDone}>Leave it</Button>
      </div>
    </div>
  );
}
