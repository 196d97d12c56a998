// Resources: what runs, its versions, plans and changes.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { key, TURNS } from "@/api/keys";

export type Resource = Schema["ResourceVersion"];
export type Planned = Schema["Planned"];
export type Written = Schema["Written"];
export type Diagnostic = Schema["Diagnostic"];

export const useResources = (kind: string) =>
  useQuery({
    queryKey: key("resources", kind),
    queryFn: ({ signal }) => take(client.GET("/v1/resources", { params: { query: { kind } }, signal })),
    meta: { families: TURNS },
  });

export const useResource = (kind: string, name: string) =>
  useQuery({
    queryKey: key("resource", kind, name),
    queryFn: ({ signal }) =>
      take(client.GET("/v1/resources/{kind}/{name}", { params: { path: { kind, name } }, signal })),
    enabled: name !== "",
    meta: { families: TURNS },
  });

/** What applying files would do; nothing is changed. */
export const usePlan = () => useMutation({ mutationFn: (body: Written) => take(client.POST("/v1/plan", { body })) });

export function useApply() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Written) => take(client.POST("/v1/apply", { body })),
    onSuccess: () => queries.invalidateQueries(),
  });
}
