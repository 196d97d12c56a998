// Audiences before they are saved and day by day, and the stages of lifecycles.
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { BUSY, key } from "@/api/keys";

export type AudienceAsked = Schema["AudienceAsked"];
export type AudiencePreview = Schema["AudiencePreview"];
export type AudienceDay = Schema["AudienceDay"];
export type Lifecycle = Schema["LifecycleView"];
export type StageFlow = Schema["StageFlow"];

export const useAudiencePreview = () =>
  useMutation({ mutationFn: (body: AudienceAsked) => take(client.POST("/v1/audiences/preview", { body })) });

export const useAudienceHistory = (name: string) =>
  useQuery({
    queryKey: key("audience history", name),
    queryFn: ({ signal }) => take(client.GET("/v1/audiences/{name}/history", { params: { path: { name } }, signal })),
    meta: { families: BUSY },
  });

export const useLifecycles = () =>
  useQuery({
    queryKey: key("lifecycles"),
    queryFn: ({ signal }) => take(client.GET("/v1/lifecycles", { signal })),
    meta: { families: BUSY },
  });

export const useStageFlows = (name: string) =>
  useQuery({
    queryKey: key("stage flows", name),
    queryFn: ({ signal }) => take(client.GET("/v1/lifecycles/{name}/flows", { params: { path: { name }, query: { by: "month" } }, signal })),
    placeholderData: keepPreviousData,
    meta: { families: BUSY },
  });
