// What a campaign did in the period, in four figures, and how they were in the period before.
import { useOverview, type CampaignCounts } from "@/api/campaigns";
import { useStatus } from "@/api/server";
import { count, percent, ratio } from "@/ui/format";
import { Failure } from "@/ui/panel";
import { period, previous } from "@/ui/period";
import { useShared } from "@/ui/search";
import { Change, Pending, Stat } from "@/ui/stat";
import { FEW, wilson } from "@/ui/stats";

const NONE: Omit<CampaignCounts, "campaign"> = { people: 0, decisions: 0, delivered: 0, clicked: 0, refused: 0 };

/** The share with its interval, where there are enough messages to say one. */
function rate({ clicked, delivered }: typeof NONE): string {
  const range = delivered >= FEW ? wilson(clicked, delivered) : null;
  if (!range) return delivered > 0 ? `too few messages to tell: ${count(delivered)}` : "nothing was delivered";
  return `95 % interval [${percent(range.low)}, ${percent(range.high)}]`;
}

export function Totals({ name }: { name: string }) {
  const shared = useShared();
  const now = useStatus().data?.now;
  const overview = useOverview(now ? period(shared.period, now) : null);
  const earlier = useOverview(now && shared.compare === "previous" ? previous(shared.period, now) : null);
  if (overview.error && !overview.data) return <Failure error={overview.error} again={() => void overview.refetch()} />;
  const of = (found: readonly CampaignCounts[] | undefined) => found && (found.find(({ campaign }) => campaign === name) ?? NONE);
  const counts = of(overview.data?.campaigns);
  const before = shared.compare === "previous" ? of(earlier.data?.campaigns) : undefined;
  const figure = (key: "people" | "decisions" | "delivered") => (counts ? count(counts[key]) : <Pending />);
  const changed = (key: "people" | "decisions" | "delivered", says: string) => (counts && before ? <Change now={counts[key]} before={before[key]} /> : says);
  return (
    <section aria-label="The period in figures" className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Stat label="People" value={figure("people")} note={changed("people", "for whom something was drawn")} />
      <Stat label="Decisions" value={figure("decisions")} note={changed("decisions", counts ? `${count(counts.refused)} more were refused` : "")} />
      <Stat label="Delivered" value={figure("delivered")} note={changed("delivered", "messages sent or shown")} />
      <Stat label="Clicked, of those delivered" value={counts ? percent(ratio(counts.clicked, counts.delivered)) : <Pending />} note={counts && rate(counts)} />
    </section>
  );
}
