// Metrics: the catalogue, and questions about it.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";
import { BUSY, TURNS, key } from "@/api/keys";

export type Metric = Schema["MetricSummary"];
export type MetricQuestion = Schema["MetricQuestion"];
export type MetricAnswer = Schema["MetricAnswer"];
export type MetricRow = Schema["MetricRow"];
export type MetricValue = Schema["MetricValue"];

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

export const useMetricAnswer = (question: MetricQuestion) =>
  useQuery({
    queryKey: key("metric-answer", question),
    queryFn: ({ signal }) => take(client.POST("/v1/metrics/query", { body: question, signal })),
    enabled: question.metrics.length > 0,
    // A changed filter does not make the page jump.
    placeholderData: keepPreviousData,
    meta: { families: [...BUSY, ...TURNS] },
  });
