// A tile: its question, and the answer in whichever state it is.
import { useState } from "react";
import { useFunnel, type BoardSpec, type BoardTile } from "@/api/boards";
import { useMetricAnswer, useMetrics } from "@/api/metrics";
import { Body } from "@/features/boards/body";
import { ExploreLink } from "@/features/boards/drill";
import { Empty } from "@/features/boards/empty";
import { funnelAsked, tileAsked, type TileAsked } from "@/features/boards/asked";
import { useHeld, useSeen } from "@/features/boards/hooks";
import { AnswerFoot } from "@/ui/answer/foot";
import { FunnelTable } from "@/ui/answer/funnel";
import { isEmpty } from "@/ui/answer/state";
import { Button } from "@/ui/button";
import { Frame, Loaded } from "@/ui/panel";
import type { Looked } from "@/ui/question";

interface Props {
  tile: BoardTile;
  board: BoardSpec;
  looked: Looked;
  onChange: (next: Partial<Looked>) => void;
}

const WIDTHS: Record<string, string> = {
  quarter: "col-span-12 sm:col-span-6 xl:col-span-3", third: "col-span-12 sm:col-span-6 xl:col-span-4",
  half: "col-span-12 xl:col-span-6", full: "col-span-12",
};
/** As high as what will stand there, so that nothing moves when it comes. */
const HEIGHTS: Record<string, string> = { number: "h-20", line: "h-80" };

function MetricTile({ tile, looked, onChange, asked, seen }: Props & { asked: TileAsked; seen: boolean }) {
  const [held, setHeld] = useState(false);
  // What was never read is, wherever it stands; what was is read again where it is seen.
  const [read, setRead] = useState(false);
  const answer = useMetricAnswer(asked.question, seen || !read);
  if (!read && answer.isFetched) setRead(true);
  const { shown, waits, take } = useHeld(answer.data, JSON.stringify(asked.question), held);
  const hold = { onPointerEnter: () => setHeld(true), onPointerLeave: () => setHeld(false), onFocus: () => setHeld(true), onBlur: () => setHeld(false) };
  return (
    <Loaded query={{ ...answer, data: shown } as unknown as typeof answer} height={HEIGHTS[tile.display] ?? "h-48"}>
      {(found) => isEmpty(found) ? <Empty asked={asked} looked={looked} onChange={onChange} /> : (
        <div className={answer.isPlaceholderData ? "opacity-60" : ""} aria-busy={answer.isPlaceholderData}>
          <div {...hold}><Body tile={tile} answer={found} asked={asked} looked={looked} /></div>
          {waits && <p role="status" className="pt-2 text-xs"><Button className="text-xs" onClick={take}>There is newer data: show it</Button></p>}
          <AnswerFoot answer={found} extra={asked.notes} />
        </div>
      )}
    </Loaded>
  );
}

function FunnelTile({ tile, board, looked, seen }: Props & { seen: boolean }) {
  const fields = useMetrics().data?.metrics.find(({ name }) => name === "events")?.dimensions ?? [];
  const [read, setRead] = useState(false);
  const answer = useFunnel(funnelAsked(tile.funnel ?? { steps: [] }, board, looked, fields), (seen || !read) && tile.funnel != null);
  if (!read && answer.isFetched) setRead(true);
  return <Loaded query={answer} height="h-48">{(found) => <FunnelTable answer={found} caption={tile.title} />}</Loaded>;
}

export function Tile(props: Props) {
  const { tile, board, looked } = props;
  const [place, seen] = useSeen();
  const metrics = useMetrics();
  const asked = metrics.data ? tileAsked(tile, board, looked, metrics.data.metrics) : null;
  return (
    <div ref={place} className={`${WIDTHS[tile.width ?? "half"] ?? WIDTHS["half"]} min-w-0 [&>section]:h-full`}>
      <Frame level={3} title={tile.title} note={tile.description ?? undefined} aside={asked && <ExploreLink asked={asked} looked={looked} title={tile.title} />}>
        {tile.funnel ? <FunnelTile {...props} seen={seen} /> : asked ? <MetricTile {...props} asked={asked} seen={seen} /> : (
          <Loaded query={metrics} height={HEIGHTS[tile.display]}>{() => "This tile asks nothing."}</Loaded>
        )}
      </Frame>
    </div>
  );
}
