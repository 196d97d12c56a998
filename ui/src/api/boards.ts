// Boards, funnels, and what happened beside the numbers.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { BUSY, TURNS, key } from "@/api/keys";
import { PATIENT, renewed } from "@/api/metrics";

export type Board = Schema["BoardView"];
export type BoardSpec = Schema["BoardSpec"];
export type BoardTile = Schema["BoardTile"];
export type FunnelQuestion = Schema["FunnelQuestion"];
export type FunnelAnswer = Schema["FunnelAnswer"];
export type Annotation = Schema["Annotation"];

export const useBoards = () =>
  useQuery({
    queryKey: key("boards"),
    queryFn: ({ signal }) => take(client.GET("/v1/boards", { signal })),
    meta: { families: TURNS },
  });

export const useBoard = (id: string) =>
  useQuery({
    queryKey: key("board", id),
    queryFn: ({ signal }) => take(client.GET("/v1/boards/{id}", { params: { path: { id } }, signal })),
    meta: { families: TURNS },
  });

export const useFunnel = (question: FunnelQuestion, enabled: boolean) =>
  useQuery({
    queryKey: key("funnel", question),
    queryFn: ({ signal }) => take(client.POST("/v1/funnels/query", { body: question, params: PATIENT, signal })),
    refetchInterval: renewed,
    enabled,
    placeholderData: keepPreviousData,
    meta: { families: BUSY },
  });

export const useAnnotations = () =>
  useQuery({
    queryKey: key("annotations"),
    queryFn: ({ signal }) => take(client.GET("/v1/annotations", { signal })),
    meta: { families: TURNS },
  });
