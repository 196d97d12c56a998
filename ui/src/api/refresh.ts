// Reading again what is on the screen, when the records it is made of have grown.
import type { Query, QueryClient } from "@tanstack/react-query";

/** Not more often than this is anything read again. */
const PAUSE = 5_000;

export interface Refresher {
  /** These families of records have grown. */
  hear: (families: readonly string[]) => void;
  stop: () => void;
}

function refresh(queries: QueryClient, families: ReadonlySet<string>) {
  const filters = {
    refetchType: "active",
    predicate: ({ meta }: Query) => meta?.families?.some((family) => families.has(family)) ?? false,
  } as const;
  // What is being read is let finish: begun anew every few seconds, a slow answer would never come.
  void queries.invalidateQueries(filters, { cancelRefetch: false });
}

/** Waits while the tab is hidden, and reads again when it is seen. */
export function refresher(queries: QueryClient): Refresher {
  let waiting = new Set<string>();
  // Records become rows a moment after they are told of, so what was read is read once more.
  let late = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const families = new Set([...waiting, ...late]);
    if (families.size === 0 || document.hidden) return;
    late = waiting;
    waiting = new Set();
    refresh(queries, families);
    timer = setTimeout(flush, PAUSE);
  };
  document.addEventListener("visibilitychange", flush);
  return {
    hear: (families) => {
      families.forEach((family) => waiting.add(family));
      if (timer === undefined) flush();
    },
    stop: () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", flush);
    },
  };
}
