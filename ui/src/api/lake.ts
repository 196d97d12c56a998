// Questions in SQL, saved ones too.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, take, workspace, type Schema } from "@/api/client";
import { key } from "@/api/keys";

export type RowsView = Schema["RowsView"];
export type QueryAsked = Schema["QueryAsked"];

export const useAsk = () =>
  useMutation({ mutationFn: (body: QueryAsked) => take(client.POST("/v1/query", { body })) });

/** The same question again, as CSV with all its rows. */
export async function asCsv(body: QueryAsked): Promise<Blob> {
  const headers = { accept: "text/csv", "x-gyre-workspace": workspace() };
  const answer = await fetch("/v1/query", { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.blob();
}

export const useSavedQueries = () =>
  useQuery({
    queryKey: key("queries"),
    queryFn: ({ signal }) => take(client.GET("/v1/queries", { signal })),
  });

function useSaved<V>(mutationFn: (variables: V) => Promise<Schema["SavedQueries"]>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSuccess: (saved) => queries.setQueryData(key("queries"), saved) });
}

export const useSaveQuery = () =>
  useSaved(({ name, sql }: { name: string; sql: string }) =>
    take(client.POST("/v1/queries/{name}", { params: { path: { name } }, body: { sql } })),
  );

export const useForgetQuery = () =>
  useSaved((name: string) => take(client.DELETE("/v1/queries/{name}", { params: { path: { name } } })));
