// Server-sent events, read with fetch because EventSource sends no headers.
import { workspace } from "@/api/client";

/** The data of the messages in a piece of a stream, and what is left of an unfinished one. */
export function messages(text: string): { data: string[]; rest: string } {
  const parts = text.split("\n\n");
  const rest = parts.pop() ?? "";
  const data = parts.flatMap((part) => {
    const lines = part.split("\n").filter((line) => line.startsWith("data: "));
    return lines.length > 0 ? [lines.map((line) => line.slice(6)).join("\n")] : [];
  });
  return { data, rest };
}

export type Connection = "connecting" | "open" | "broken";

interface Listener {
  path: string;
  onMessage: (data: string) => void;
  onState: (state: Connection) => void;
}

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

/** Listens until stopped; comes back by itself, later and later. */
export function listen({ path, onMessage, onState }: Listener): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  void (async () => {
    let pause = FIRST_PAUSE;
    while (!signal.aborted) {
      onState("connecting");
      try {
        const headers = { accept: "text/event-stream", "x-gyre-workspace": workspace() };
        const answer = await fetch(path, { headers, signal });
        if (!answer.ok || !answer.body) throw new Error(`the server answered ${answer.status}`);
        onState("open");
        pause = FIRST_PAUSE;
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let left = "";
        for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
          const { data, rest } = messages(left + piece.value);
          left = rest;
          data.forEach(onMessage);
        }
      } catch {
        if (signal.aborted) return;
      }
      onState("broken");
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  })();
  return () => stop.abort();
}
