// The one stream of a tab: the server tells what has grown, and what is shown of it is read again.
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { listen, type Connection } from "@/api/stream";

/** Not more often than this is anything read again. */
const PAUSE = 5_000;

let connection: Connection = "connecting";
const watchers = new Set<() => void>();

function setConnection(state: Connection) {
  connection = state;
  watchers.forEach((watcher) => watcher());
}

export const useConnection = (): Connection =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => connection,
  );

/** Reads again what is on the screen and of one of these families. */
export function refresh(queries: QueryClient, families: ReadonlySet<string>) {
  void queries.invalidateQueries({
    refetchType: "active",
    predicate: ({ meta }) => meta?.families?.some((family) => families.has(family)) ?? false,
  });
}

function follow(queries: QueryClient): () => void {
  const waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    if (waiting.size === 0 || document.hidden) return;
    const families = new Set(waiting);
    waiting.clear();
    refresh(queries, families);
    timer = setTimeout(flush, PAUSE);
  };
  const onMessage = (data: string) => {
    (JSON.parse(data) as { families: string[] }).families.forEach((family) => waiting.add(family));
    if (timer === undefined) flush();
  };
  const stop = listen({ path: "/v1/changes", onMessage, onState: setConnection });
  document.addEventListener("visibilitychange", flush);
  return () => {
    stop();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", flush);
  };
}

/** Follows the server while the page stands, unless a page has a stream of its own. */
export function useChanges(on: boolean) {
  const queries = useQueryClient();
  useEffect(() => (on ? follow(queries) : undefined), [queries, on]);
}
