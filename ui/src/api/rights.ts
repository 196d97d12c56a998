// What people may ask about their own data: where they stand, who they are, and their requests.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { key } from "@/api/keys";

export type ConsentView = Schema["ConsentView"];
export type SubjectRequest = Schema["SubjectRequestView"];
export type Asked = Schema["Asked"];

export const useGraph = (id: string) =>
  useQuery({
    queryKey: key("graph", id),
    queryFn: ({ signal }) => take(client.GET("/v1/people/{id}/graph", { params: { path: { id } }, signal })),
    meta: { families: ["identity", "separation"] },
  });

export type GraphView = NonNullable<ReturnType<typeof useGraph>["data"]>;
export type GraphEdge = GraphView["edges"][number];

export const useConsent = (id: string, asOf: string) =>
  useQuery({
    queryKey: key("consent", id, asOf),
    queryFn: ({ signal }) =>
      take(client.GET("/v1/people/{id}/consent", { params: { path: { id }, query: asOf ? { as_of: asOf } : {} }, signal })),
    placeholderData: (before) => before,
    meta: { families: ["consent"] },
  });

export const useGates = () =>
  useQuery({
    queryKey: key("gates"),
    queryFn: ({ signal }) => take(client.GET("/v1/consent/gates", { signal })),
    meta: { families: ["event", "decision", "delivery"] },
  });

export const useLedger = () =>
  useMutation({ mutationFn: () => take(client.GET("/v1/consent/verify", {})) });

export const useSubjectRequests = () =>
  useQuery({
    queryKey: key("subject-requests"),
    queryFn: ({ signal }) => take(client.GET("/v1/subject-requests", { signal })),
    meta: { families: ["subject_request"] },
  });

function useChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => queries.invalidateQueries() });
}

export const useSeparate = () =>
  useChange((body: Schema["Separate"]) => take(client.POST("/v1/people/separate", { body })));

export const useAsk = () => useChange((body: Asked) => take(client.POST("/v1/subject-requests", { body })));
