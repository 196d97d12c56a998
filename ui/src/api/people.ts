// People, what happened with them, and why.
import { useQuery } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { BUSY, key } from "@/api/keys";

export type PersonView = Schema["PersonView"];
export type Happened = Schema["Happened"];
export type DecisionView = Schema["DecisionView"];

export const usePeople = (search: string) =>
  useQuery({
    queryKey: key("people", search),
    queryFn: ({ signal }) => take(client.GET("/v1/people", { params: { query: { search } }, signal })),
    placeholderData: (before) => before,
  });

export const usePerson = (id: string) =>
  useQuery({
    queryKey: key("person", id),
    queryFn: ({ signal }) => take(client.GET("/v1/people/{id}", { params: { path: { id } }, signal })),
    meta: { families: BUSY },
  });

export const useTimeline = (id: string, limit: number) =>
  useQuery({
    queryKey: key("timeline", id, limit),
    queryFn: ({ signal }) =>
      take(client.GET("/v1/people/{id}/timeline", { params: { path: { id }, query: { limit } }, signal })),
    placeholderData: (before) => before,
    meta: { families: BUSY },
  });

export const useDecision = (id: string) =>
  useQuery({
    queryKey: key("decision", id),
    queryFn: ({ signal }) => take(client.GET("/v1/decisions/{id}", { params: { path: { id } }, signal })),
    meta: { families: ["delivery", "response"] },
  });
