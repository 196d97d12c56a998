// Campaigns, how they fare, and audiences.
import { useQuery } from "@tanstack/react-query";
import { client, take, workspace, type Schema } from "@/api/client";
import { BUSY, key, TURNS } from "@/api/keys";
import type { Period } from "@/ui/period";

export type CampaignView = Schema["CampaignView"];
export type CampaignSummary = Schema["CampaignSummary"];
export type CampaignCounts = Schema["CampaignCounts"];
export type Performance = Schema["Performance"];
export type TrendPoint = Schema["TrendPoint"];

export const useCampaigns = () =>
  useQuery({
    queryKey: key("campaigns"),
    queryFn: ({ signal }) => take(client.GET("/v1/campaigns", { signal })),
    meta: { families: TURNS },
  });

export const useCampaign = (name: string) =>
  useQuery({
    queryKey: key("campaign", name),
    queryFn: ({ signal }) => take(client.GET("/v1/campaigns/{name}", { params: { path: { name } }, signal })),
    meta: { families: [...BUSY, ...TURNS] },
  });

export const useOverview = (query: Period | null) =>
  useQuery({
    queryKey: key("overview", query),
    queryFn: ({ signal }) => take(client.GET("/v1/overview", { params: { query: query ?? {} }, signal })),
    enabled: query !== null,
    placeholderData: (before) => before,
    meta: { families: BUSY },
  });

export const useTrend = (name: string, query: Period) =>
  useQuery({
    queryKey: key("trend", name, query),
    queryFn: ({ signal }) =>
      take(client.GET("/v1/campaigns/{name}/trend", { params: { path: { name }, query }, signal })),
    placeholderData: (before) => before,
    meta: { families: BUSY },
  });

export const useAudienceSizes = () =>
  useQuery({
    queryKey: key("audience-sizes"),
    queryFn: ({ signal }) => take(client.GET("/v1/audience-sizes", { signal })),
    meta: { families: ["enrollment"] },
  });

export interface Wanted {
  variant: string;
  channel: string;
  /** Whose features are filled in; nobody's if not given. */
  person?: string;
}

/** A variant as the server would deliver it now. */
export const usePreview = (name: string, query: Wanted) =>
  useQuery({
    queryKey: key("preview", name, query),
    queryFn: ({ signal }) =>
      take(client.GET("/v1/campaigns/{name}/preview", { params: { path: { name }, query }, signal })),
    meta: { families: TURNS },
  });

/** Where the HTML of an e-mail is shown from, with a policy of its own. */
export function previewFrame(name: string, { variant, channel, person }: Wanted): string {
  const query = new URLSearchParams({ variant, channel, workspace: workspace(), ...(person ? { person } : {}) });
  return `/v1/campaigns/${encodeURIComponent(name)}/preview/html?${query}`;
}
