// How clean what comes in is: tracking plans, and programs that read other systems.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, take } from "@/api/client";
import { key } from "@/api/keys";

export const usePlanCounts = () =>
  useQuery({
    queryKey: key("tracking-plans"),
    queryFn: ({ signal }) => take(client.GET("/v1/tracking-plans", { signal })),
    meta: { families: ["event", "violation"] },
  });

export const useInferPlan = () =>
  useMutation({ mutationFn: () => take(client.POST("/v1/tracking-plans/infer", { body: {} })) });

/** The newest violations, each with a sample. */
export const useViolations = () =>
  useQuery({
    queryKey: key("violations"),
    queryFn: ({ signal }) =>
      take(client.POST("/v1/query", {
        body: { sql: "select occurred_at, plan, event, property, code, mode, message, sample, source from violations order by occurred_at desc limit 100" },
        signal,
      })),
    meta: { families: ["violation"] },
  });

export const useConnectors = () =>
  useQuery({
    queryKey: key("connectors"),
    queryFn: ({ signal }) => take(client.GET("/v1/connectors", { signal })),
    meta: { families: ["event", "offline", "orchestration"] },
  });

export const useConnectorLogs = (name: string) =>
  useQuery({
    queryKey: key("connector-logs", name),
    queryFn: ({ signal }) => take(client.GET("/v1/connectors/{name}/logs", { params: { path: { name } }, signal })),
    enabled: name !== "",
  });

export function useRunConnector() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => take(client.POST("/v1/connectors/{name}/run", { params: { path: { name } } })),
    onSuccess: () => queries.invalidateQueries(),
  });
}
