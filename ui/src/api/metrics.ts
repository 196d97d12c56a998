// Metrics: the catalogue, and questions about it.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { client, take, workspace, type Schema } from "@/api/client";
import { BUSY, TURNS, key } from "@/api/keys";

export type Metric = Schema["MetricSummary"];
export type MetricQuestion = Schema["MetricQuestion"];
export type MetricAnswer = Schema["MetricAnswer"];
export type MetricRow = Schema["MetricRow"];
export type MetricValue = Schema["MetricValue"];
export type AnsweredMetric = Schema["AnsweredMetric"];

export const useMetrics = () =>
  useQuery({
    queryKey: key("metrics"),
    queryFn: ({ signal }) => take(client.GET("/v1/metrics", { signal })),
    meta: { families: ["orchestration"] },
  });

export const useMetric = (id: string) =>
  useQuery({
    queryKey: key("metric", id),
    queryFn: ({ signal }) => take(client.GET("/v1/metrics/{id}", { params: { path: { id } }, signal })),
    enabled: id !== "",
    meta: { families: ["orchestration"] },
  });

/** How old an answer may be that was given before, in seconds: a newer one is computed meanwhile. */
export const PATIENT = { header: { "Cache-Control": "max-age=300" } } as const;
/** An answer that is being renewed is asked for again after a moment. */
export const renewed = ({ state }: { state: { data?: { renewing: boolean } | undefined } }) => state.data?.renewing === true && 3_000;

/** What is not asked (`on`) is not read again either, when records have come. */
export const useMetricAnswer = (question: MetricQuestion, on = true) =>
  useQuery({
    queryKey: key("metric-answer", question),
    queryFn: ({ signal }) => take(client.POST("/v1/metrics/query", { body: question, params: PATIENT, signal })),
    refetchInterval: renewed,
    enabled: on && question.metrics.length > 0,
    // A changed filter does not make the page jump.
    placeholderData: keepPreviousData,
    meta: { families: [...BUSY, ...TURNS] },
  });

/** Any metric that can be split by a dimension knows its values; counts are the cheapest. */
function counting(metrics: readonly Metric[], dimension: string): string | undefined {
  const able = metrics.filter(({ status, dimensions }) => status === "ready" && dimensions.includes(dimension));
  return (able.find(({ type }) => type === "count") ?? able.find(({ type }) => type !== "incremental"))?.name;
}

/** The values of a dimension in the last year, the most frequent first. */
export function useValues(dimension: string): string[] {
  const metric = counting(useMetrics().data?.metrics ?? [], dimension);
  const question: MetricQuestion = {
    metrics: metric ? [metric] : [],
    dimensions: [dimension],
    time: { range: { type: "rolling", n: 12, unit: "month" } },
    order_by: metric ? [{ by: metric, dir: "desc" }] : [],
    limit: 200,
  };
  const answer = useQuery({
    queryKey: key("values", dimension),
    queryFn: ({ signal }) => take(client.POST("/v1/metrics/query", { body: question, params: PATIENT, signal })),
    enabled: dimension !== "" && metric !== undefined,
    staleTime: 300_000,
  });
  return answer.data?.rows.flatMap(({ dimensions: [value] }) => (value == null ? [] : [value])) ?? [];
}

export const FILES = { csv: "text/csv", parquet: "application/vnd.apache.parquet" } as const;

/** The rows of an answer as a file, as the server writes it. */
export async function asFile(question: MetricQuestion, form: keyof typeof FILES): Promise<Blob> {
  const headers = { accept: FILES[form], "content-type": "application/json", "x-gyre-workspace": workspace() };
  const answer = await fetch("/v1/metrics/query", { method: "POST", headers, body: JSON.stringify(question) });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.blob();
}
