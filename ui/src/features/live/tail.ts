// The stream of records, kept short, and held while somebody looks.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useReducer, useState } from "react";
import { refresher } from "@/api/refresh";
import { listen, type Connection } from "@/api/stream";
import type { Schema } from "@/api/client";

/** More than so many records are not kept. */
export const KEPT = 200;

export interface Heard {
  id: string;
  family: string;
  at: string;
  title: string;
  who: string;
  detail: string;
}

interface Event {
  event?: string;
  name?: string;
  type?: string;
  userId?: string;
  anonymousId?: string;
}

type Fields = Record<string, unknown>;

const string = (value: unknown) => (typeof value === "string" ? value : undefined);

/** A record in words: what it is called and whom it is about. */
export function read(data: string): Heard {
  const { family, partition, offset, at, record } = JSON.parse(data) as Schema["TailRecord"];
  const fields = (record ?? {}) as Fields;
  const event = (fields["event"] ?? {}) as Event;
  const title =
    family === "event" ? (event.event ?? event.name ?? event.type) : (string(fields["message"]) ?? string(fields["kind"]) ?? string(fields["chosen"]) ?? string(fields["outcome"]) ?? string(fields["campaign"]));
  const who = event.userId ?? event.anonymousId ?? string(fields["person"]) ?? string(fields["origin"]) ?? "";
  return { id: `${partition}/${offset}`, family, at, title: title ?? family, who, detail: JSON.stringify(record, null, 2) };
}

export interface Tail {
  shown: Heard[];
  held: Heard[];
  holding: boolean;
}

type Action = { do: "hear"; heard: Heard } | { do: "hold" } | { do: "release" } | { do: "clear" };

export function step(tail: Tail, action: Action): Tail {
  const { shown, held, holding } = tail;
  switch (action.do) {
    case "hear":
      return holding
        ? { ...tail, held: [action.heard, ...held].slice(0, KEPT) }
        : { ...tail, shown: [action.heard, ...shown].slice(0, KEPT) };
    case "hold":
      return { ...tail, holding: true };
    case "release":
      return { shown: [...held, ...shown].slice(0, KEPT), held: [], holding: false };
    case "clear":
      return { shown: [], held: [], holding };
  }
}

export function useTail(family: string) {
  const [tail, act] = useReducer(step, { shown: [], held: [], holding: false });
  const [state, setState] = useState<Connection>("connecting");
  const queries = useQueryClient();
  useEffect(() => {
    const path = `/v1/tail?family=${encodeURIComponent(family)}`;
    // This is the stream of the tab while the page stands, so the rest of the page listens to it too.
    const { hear, stop } = refresher(queries);
    const onMessage = (data: string) => {
      const heard = read(data);
      act({ do: "hear", heard });
      hear([heard.family]);
    };
    const deafen = listen({ path, onMessage, onState: setState });
    return () => {
      deafen();
      stop();
    };
  }, [family, queries]);
  return {
    shown: tail.shown,
    waiting: tail.held.length,
    state,
    hold: () => act({ do: "hold" }),
    release: () => act({ do: "release" }),
    clear: () => act({ do: "clear" }),
  };
}
