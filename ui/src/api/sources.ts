// Sources: what each may send, its keys, what came, and what to paste.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { key } from "@/api/keys";

export type Source = Schema["SourceView"];
export type WriteKey = Schema["KeyView"];
export type Counted = Schema["Counted"];
export type UnknownKeys = Schema["UnknownKeys"];
export type KeyMade = Schema["KeyMade"];

export const useSources = () =>
  useQuery({
    queryKey: key("sources"),
    queryFn: ({ signal }) => take(client.GET("/v1/sources", { signal })),
    meta: { families: ["event", "dead_letter", "orchestration"] },
  });

export const useSnippets = (name: string, wanted: boolean) =>
  useQuery({
    queryKey: key("snippets", name),
    queryFn: ({ signal }) => take(client.GET("/v1/sources/{name}/snippet", { params: { path: { name } }, signal })),
    enabled: wanted,
    meta: { families: ["orchestration"] },
  });

function useChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => queries.invalidateQueries() });
}

export const useCreateSource = () =>
  useChange((body: Schema["NewSource"]) => take(client.POST("/v1/sources", { body })));

export const useRotateKey = (name: string) =>
  useChange((body: Schema["Rotation"]) =>
    take(client.POST("/v1/sources/{name}/keys", { params: { path: { name } }, body })));

export const useRevokeKey = (name: string) =>
  useChange((id: string) =>
    take(client.DELETE("/v1/sources/{name}/keys/{id}", { params: { path: { name, id } } })));

export const useSwitchSource = (name: string) =>
  useChange((enabled: boolean) =>
    take(client.POST("/v1/sources/{name}", { params: { path: { name } }, body: { enabled } })));
