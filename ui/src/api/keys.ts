// Keys of queries, and which families of records make them old.
import { QueryClient, type QueryKey } from "@tanstack/react-query";
import { ApiError, workspace } from "@/api/client";

export type Family = string;

declare module "@tanstack/react-query" {
  interface Register {
    queryMeta: { families?: readonly Family[] };
    defaultError: Error;
  }
}

export const key = (...parts: unknown[]): QueryKey => [workspace(), ...parts];

/** Records that come in every few seconds while a shop is open. */
export const BUSY: readonly Family[] = ["event", "decision", "delivery", "response", "enrollment"];
/** Records of the loop and of people's changes. */
export const TURNS: readonly Family[] = ["turn", "proposal", "orchestration"];

export function queryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // What was refused is refused again; what failed may have been the network.
        retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
        refetchOnWindowFocus: false,
      },
    },
  });
}
