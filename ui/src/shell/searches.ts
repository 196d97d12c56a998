// What may stand in the addresses of pages.
import { readAsked, readLooked, type Asked, type Looked } from "@/ui/question";
import { oneOf, text } from "@/ui/text";

type Search = Record<string, unknown>;

const loopTabs = ["turns", "changes", "evidence"] as const;
const campaignTabs = ["performance", "configuration", "audience", "content"] as const;
const metricTabs = ["explore", "funnel", "retention", "catalogue"] as const;
const ageUnits = ["day", "week", "month"] as const;
const boardTabs = ["board", "document"] as const;
const notices = ["report", "alert"] as const;

export type LoopTab = (typeof loopTabs)[number];
export type CampaignTab = (typeof campaignTabs)[number];

interface MetricsSearch extends Asked {
  tab?: (typeof metricTabs)[number];
  q?: string;
  metric?: string;
  /** A metric is being defined. */
  define?: "yes";
  /** Steps of a funnel, between bars, and how long it may take. */
  steps?: string;
  window?: string;
  /** Of cohorts: the metric, and how long an age is. */
  of?: string;
  unit?: (typeof ageUnits)[number];
}
interface NoticesSearch extends Pick<Looked, "where" | "range" | "zone"> {
  report?: string;
  alert?: string;
  make?: (typeof notices)[number];
  /** What a new one is about: a board or a metric. */
  of?: string;
}
type BoardSearch = { tab?: (typeof boardTabs)[number] } & Looked;

export const readLoop = (search: Search) => ({ tab: oneOf(search["tab"], loopTabs) }) as { tab?: LoopTab };

export const readCampaign = (search: Search) =>
  ({ tab: oneOf(search["tab"], campaignTabs), as: text(search["as"]) }) as { tab?: CampaignTab; as?: string };

export const readMetrics = (search: Search) =>
  ({
    tab: oneOf(search["tab"], metricTabs), q: text(search["q"]), metric: text(search["metric"]), define: oneOf(search["define"], ["yes"] as const),
    steps: text(search["steps"]), window: text(search["window"]), of: text(search["of"]), unit: oneOf(search["unit"], ageUnits), ...readAsked(search),
  }) as MetricsSearch;

const readNarrowed = (search: Search) => {
  const { where, range, zone } = readLooked(search);
  return { where, range, zone };
};

export const readNotices = (search: Search) =>
  ({ report: text(search["report"]), alert: text(search["alert"]), make: oneOf(search["make"], notices), of: text(search["of"]), ...readNarrowed(search) }) as NoticesSearch;

export const readBoard = (search: Search) => ({ tab: oneOf(search["tab"], boardTabs), ...readLooked(search) }) as BoardSearch;
