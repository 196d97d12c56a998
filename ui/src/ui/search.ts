// What every page has in its address: the workspace, the period, and what it is compared with.
import { getRouteApi } from "@tanstack/react-router";
import { PERIODS, type Compare, type PeriodName } from "@/ui/period";

export interface Shared {
  ws?: string;
  period?: PeriodName;
  compare?: Compare;
}

export function readShared(search: Record<string, unknown>): Shared {
  const { ws, period, compare } = search;
  return {
    ws: typeof ws === "string" && ws !== "main" && ws !== "" ? ws : undefined,
    period: typeof period === "string" && period in PERIODS && period !== "all" ? (period as PeriodName) : undefined,
    compare: compare === "previous" ? compare : undefined,
  };
}

const root = getRouteApi("__root__");

export function useShared(): Required<Omit<Shared, "ws">> {
  const { period = "all", compare = "none" } = root.useSearch();
  return { period, compare };
}
