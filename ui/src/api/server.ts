// The server: how far it has come, and which workspaces it has.
import { useQuery } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { BUSY, key } from "@/api/keys";

export type Status = Schema["Status"];

export const useStatus = () =>
  useQuery({
    queryKey: key("status"),
    queryFn: ({ signal }) => take(client.GET("/v1/status", { signal })),
    refetchInterval: 15_000,
    staleTime: 2_000,
    meta: { families: BUSY },
  });

export const useWorkspaces = () =>
  useQuery({
    queryKey: ["workspaces"],
    queryFn: ({ signal }) => take(client.GET("/v1/workspaces", { signal })),
    staleTime: 300_000,
  });
