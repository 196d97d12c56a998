// Notices: reports and alerts, mails to people who work here.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { TURNS, key } from "@/api/keys";

export type Report = Schema["ReportView"];
export type Alert = Schema["AlertView"];
export type Mailing = Schema["Mailing"];

/** Nothing in the journal says that one was sent. */
const AGAIN = 30_000;

export const useReports = () =>
  useQuery({
    queryKey: key("reports"),
    queryFn: ({ signal }) => take(client.GET("/v1/reports", { signal })),
    refetchInterval: AGAIN,
    meta: { families: TURNS },
  });

export const useAlerts = () =>
  useQuery({
    queryKey: key("alerts"),
    queryFn: ({ signal }) => take(client.GET("/v1/alerts", { signal })),
    refetchInterval: AGAIN,
    meta: { families: TURNS },
  });

/** The text of a report as it would be sent now; it is computed for this. */
export const usePreviewReport = (name: string) =>
  useMutation({
    mutationFn: () =>
      take(client.POST("/v1/reports/{name}/preview", { params: { path: { name } }, headers: { accept: "text/plain" }, parseAs: "text" })),
  });

export function useSendReport(name: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => take(client.POST("/v1/reports/{name}/send", { params: { path: { name } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: key("reports") }),
  });
}
