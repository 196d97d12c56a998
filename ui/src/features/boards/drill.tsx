// Where a row leads: a campaign to its configuration, an audience to its definition and size, a content to
// its metadata and assets, a loop to its turns; and every number to Explore.
import { Link } from "@tanstack/react-router";
import type { BoardTile } from "@/api/boards";
import type { AnsweredMetric, MetricRow } from "@/api/metrics";
import { exploreSearch, type TileAsked } from "@/features/boards/asked";
import { words } from "@/ui/format";
import { nameOf } from "@/ui/metric-value";
import type { Looked } from "@/ui/question";

const LOOK = "text-accent underline";

export function RowName({ tile, row }: { tile: BoardTile; row: MetricRow }) {
  const place = tile.query?.dimensions?.indexOf(tile.opens ?? "") ?? -1;
  const name = place < 0 ? null : (row.dimensions[place] ?? null);
  const rest = row.dimensions.filter((_, index) => index !== place).map((one) => words(one ?? "not known"));
  if (name === null) return <>{words(nameOf(row))}</>;
  const text = words(name);
  const after = rest.length > 0 ? ` · ${rest.join(" · ")}` : "";
  switch (tile.opens) {
    case "campaign": return <><Link to="/campaigns/$name" params={{ name }} search={{ tab: "configuration" }} className={LOOK}>{text}</Link>{after}</>;
    case "audience": return <><Link to="/audiences/$name" params={{ name }} className={LOOK}>{text}</Link>{after}</>;
    case "content": return <><Link to="/contents/$name" params={{ name }} className={LOOK}>{text}</Link>{after}</>;
    case "loop": return <><Link to="/loops/$name" params={{ name }} className={LOOK}>{text}</Link>{after}</>;
    default: return <>{text}{after}</>;
  }
}

interface CellProps {
  asked: TileAsked;
  looked: Looked;
  row: MetricRow;
  metric: AnsweredMetric;
  text: string;
}

/** A number, as the way to the same question in Explore. */
export const CellLink = ({ asked, looked, row, metric, text }: CellProps) => (
  <Link to="/metrics" search={exploreSearch(asked, looked, metric.name, row.dimensions)} className="underline decoration-dotted" aria-label={`${metric.label} of ${words(nameOf(row))}: ${text}. Open in Explore`}>
    {text}
  </Link>
);

export const ExploreLink = ({ asked, looked, title }: { asked: TileAsked; looked: Looked; title: string }) => (
  <Link to="/metrics" search={{ ...exploreSearch(asked, looked, asked.question.metrics.join(",")) }} className="py-1 text-xs" aria-label={`Explore ${title}`}>
    Explore
  </Link>
);
