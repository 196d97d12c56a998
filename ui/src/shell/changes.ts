// The one stream of a tab: the server tells what has grown, and what is shown of it is read again.
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { refresher } from "@/api/refresh";
import { listen, type Connection } from "@/api/stream";

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

function follow(queries: QueryClient): () => void {
  const { hear, stop } = refresher(queries);
  const onMessage = (data: string) => hear((JSON.parse(data) as { families: string[] }).families);
  const deafen = listen({ path: "/v1/changes", onMessage, onState: setConnection });
  return () => {
    deafen();
    stop();
  };
}

/** Follows the server while the page stands, unless a page has a stream of its own. */
export function useChanges(on: boolean) {
  const queries = useQueryClient();
  useEffect(() => (on ? follow(queries) : undefined), [queries, on]);
}
