// Loops, their turns and proposals.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { BUSY, key, TURNS } from "@/api/keys";
import type { Period } from "@/ui/period";

export type Turn = Schema["Turn"];
export type Lift = Schema["Lift"];
export type Proposal = Schema["Proposal"];
export type LoopView = Schema["LoopView"];
export type LoopSummary = Schema["LoopSummary"];
export type Flow = Schema["Flow"];

export const useLoops = () =>
  useQuery({
    queryKey: key("loops"),
    queryFn: ({ signal }) => take(client.GET("/v1/loops", { signal })),
    meta: { families: TURNS },
  });

export const useLoop = (name: string) =>
  useQuery({
    queryKey: key("loop", name),
    queryFn: ({ signal }) => take(client.GET("/v1/loops/{name}", { params: { path: { name } }, signal })),
    meta: { families: TURNS },
  });

export const useFlow = (name: string, query: Period | null) =>
  useQuery({
    queryKey: key("flow", name, query),
    queryFn: ({ signal }) =>
      take(client.GET("/v1/loops/{name}/flow", { params: { path: { name }, query: query ?? {} }, signal })),
    enabled: query !== null && name !== "",
    placeholderData: (before) => before,
    meta: { families: [...BUSY, ...TURNS] },
  });

export interface Verdict {
  id: string;
  approve: boolean;
  reason?: string;
}

/** Approves or rejects a proposal. */
export function useDecideProposal() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, approve, reason }: Verdict) => {
      const init = { params: { path: { id } }, body: { reason: reason || undefined } };
      return approve
        ? take(client.POST("/v1/proposals/{id}/approve", init))
        : take(client.POST("/v1/proposals/{id}/reject", init));
    },
    onSuccess: () => queries.invalidateQueries(),
  });
}
