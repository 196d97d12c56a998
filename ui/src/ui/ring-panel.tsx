// The ring of a loop with live counts, and how they were in the period before.
import type { ReactNode } from "react";
import { useFlow, useLoop } from "@/api/loops";
import { useStatus } from "@/api/server";
import { date, words } from "@/ui/format";
import { Panel } from "@/ui/panel";
import { PERIODS, period, previous } from "@/ui/period";
import { RingFigure, steps } from "@/ui/ring";
import { useShared } from "@/ui/search";

export function Ring({ loop, aside }: { loop: string; aside?: ReactNode }) {
  const shared = useShared();
  const now = useStatus().data?.now;
  const view = useLoop(loop).data;
  const flow = useFlow(loop, now ? period(shared.period, now) : null);
  const before = useFlow(loop, now && shared.compare === "previous" ? previous(shared.period, now) : null);
  const compared = shared.compare === "previous" && shared.period !== "all" ? before.data : undefined;
  return (
    <Panel title={`The ring of ${words(loop)}`} note={PERIODS[shared.period]} query={flow} aside={aside} height="h-96">
      {(data) => (
        <RingFigure steps={steps(loop, data, compared)}>
          {view && <p className="text-ink md:text-lg">Turn {view.next_turn} is due on <b className="md:block">{date(view.next_turn_at)}</b></p>}
          <p className="mt-1">Each turn measures what the last one caused, learns from it, and changes the campaign.</p>
        </RingFigure>
      )}
    </Panel>
  );
}
