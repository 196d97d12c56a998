// What a tile asks: its own question, with the period, comparison, zone and filters of the page.
import type { BoardSpec, BoardTile, FunnelQuestion } from "@/api/boards";
import type { Metric, MetricQuestion } from "@/api/metrics";
import { words } from "@/ui/format";
import { comparedOf, grainFor, rangeLabel, rangeOf, rangeText, type Looked } from "@/ui/question";
import { filtersOf, readWhere, withValue } from "@/ui/where";

export interface TileAsked {
  question: MetricQuestion;
  /** The period as the address has it. */
  range: string;
  /** It keeps a period of its own. */
  own: boolean;
  /** What a reader must know of how it was asked. */
  notes: string[];
}

/** Where the address says nothing: the board's own period, or four weeks. */
export const rangeOfBoard = (board: BoardSpec): string => rangeText(board.range) ?? "28d";

/** Lines of all time have to be cut somewhere. */
const LONG = "36mo";

export function tileAsked(tile: BoardTile, board: BoardSpec, looked: Looked, metrics: readonly Metric[]): TileAsked | null {
  const { query } = tile;
  if (!query) return null;
  const own = rangeText(query.time?.range);
  const wanted = own ?? looked.range ?? rangeOfBoard(board);
  const cut = tile.display === "line" || (query.time?.grain ?? "none") !== "none";
  const range = wanted === "all" && cut ? LONG : wanted;
  const aged = query.cohort != null || query.curve === true;
  const grain = query.time?.grain ?? (tile.display === "line" && !aged ? grainFor(range) : "none");
  const split = (query.dimensions ?? []).length > 0;
  const plain = tile.display === "heatmap" || tile.display === "interval" || aged || (tile.display === "line" && split);
  const known = metrics.filter(({ name }) => query.metrics.includes(name));
  const reached = (field: string) => known.every(({ dimensions }) => dimensions.includes(field));
  const filters = filtersOf(looked.where);
  const skipped = filters.filter(({ field }) => !reached(field)).map(({ field }) => words(field));
  return {
    range,
    own: own !== undefined,
    notes: [
      ...(range === wanted ? [] : [`all time is cut to ${rangeLabel(LONG)}`]),
      ...(own && looked.range && own !== looked.range ? [`keeps its own period: ${rangeLabel(own)}`] : []),
      ...(skipped.length > 0 ? [`not filtered by ${skipped.join(", ")}: it cannot be`] : []),
    ],
    question: {
      ...query,
      time: { range: rangeOf(range), grain, compare: plain || range === "all" ? [] : comparedOf(looked), zone: looked.zone },
      filters: [...(query.filters ?? []), ...filters.filter(({ field }) => reached(field))],
    },
  };
}

/** Filters that events have; others do not hold for funnels. */
export function funnelAsked(funnel: FunnelQuestion, board: BoardSpec, looked: Looked, fields: readonly string[]): FunnelQuestion {
  const range = rangeText(funnel.time?.range) ?? looked.range ?? rangeOfBoard(board);
  return {
    ...funnel,
    time: { range: rangeOf(range), compare: range === "all" ? [] : comparedOf(looked), zone: looked.zone },
    filters: [...(funnel.filters ?? []), ...filtersOf(looked.where).filter(({ field }) => fields.includes(field))],
  };
}

/** The address of Explore with the same question, narrowed to a row. */
export function exploreSearch({ question, range }: TileAsked, looked: Looked, metric: string, row: readonly (string | null)[] = []) {
  const dimensions = question.dimensions ?? [];
  const own = (question.filters ?? []).filter(({ op }) => !op || op === "in");
  let where: string | undefined;
  for (const { field, values = [] } of own) for (const value of values) where = withValue(where, field, value);
  dimensions.forEach((field, index) => {
    const value = row[index];
    const taken = readWhere(where).some((one) => one.field === field);
    if (value != null && !taken) where = withValue(where, field, value);
  });
  const grain = question.time?.grain;
  const grained = grain === "day" || grain === "week" || grain === "month" ? grain : row.length > 0 ? sensible(range) : undefined;
  return { tab: "explore" as const, m: metric, by: dimensions.slice(0, 2).join(",") || undefined, range, grain: grained, where, with: looked.with, zone: looked.zone };
}

const sensible = (range: string) => {
  const grain = grainFor(range);
  return grain === "day" || grain === "week" || grain === "month" ? grain : undefined;
};
