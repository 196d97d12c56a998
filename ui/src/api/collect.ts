// What comes in: events of a source, rows of files, and what was rejected.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { key } from "@/api/keys";

export type Letter = Schema["Letter"];
export type ImportRow = Schema["ImportRow"];
export type ImportProgress = Schema["ImportProgress"];

export const useDeadLetters = (query: { limit?: number; code?: string; origin?: string }) =>
  useQuery({
    queryKey: key("dead-letters", query),
    queryFn: ({ signal }) => take(client.GET("/v1/dead-letters", { params: { query }, signal })),
    meta: { families: ["dead_letter"] },
  });

export function useReplay() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schema["Again"]) => take(client.POST("/v1/dead-letters/replay", { body })),
    onSuccess: () => queries.invalidateQueries(),
  });
}

export const importRows = (mapping: string, body: Schema["ImportChunk"]) =>
  take(client.POST("/v1/imports/{mapping}/rows", { params: { path: { mapping } }, body }));

/** Events of the past, under the write key of a source. */
export async function collect(writeKey: string, batch: unknown[]): Promise<Schema["Taken"]> {
  return take(client.POST("/v1/batch", { body: { writeKey, batch } }));
}
