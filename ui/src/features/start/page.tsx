// Home: the ring of the loop in numbers, and what waits for somebody. Without data, how to begin.
import { Link } from "@tanstack/react-router";
import { useLoops, type LoopSummary } from "@/api/loops";
import { Begin } from "@/features/start/begin";
import { Waiting } from "@/features/start/waiting";
import { LiftWords } from "@/ui/lift";
import { Ring } from "@/ui/ring-panel";
import { Stat } from "@/ui/stat";
import { count, dates, percent, ratio, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Loaded } from "@/ui/panel";

function Latest({ latest, name }: LoopSummary) {
  if (!latest) return null;
  const { treated, holdout } = latest;
  const rate = (arm: typeof treated) => percent(ratio(arm.repeaters, arm.people));
  return (
    <section aria-label={`Latest turn of ${words(name)}`} className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Stat label="Latest turn" value={`Turn ${latest.number}`} note={`${dates(latest.from, latest.to)}`} />
      <Stat label="Lift against the holdout" value={<LiftWords lift={latest.lift} />} note="an interval that holds at every look" />
      <Stat label="Reached the goal" value={rate(treated)} note={`${rate(holdout)} in the holdout`} />
      <Stat label="People in the loop" value={count(treated.people + holdout.people)} note={`${count(holdout.people)} of them held out`} />
    </section>
  );
}

const Each = (summary: LoopSummary) => (
  <>
    <Latest {...summary} />
    <Ring loop={summary.name} aside={<Link to="/loops/$name" params={{ name: summary.name }}>Open the loop</Link>} />
    <Waiting loop={summary.name} />
  </>
);

export function HomePage() {
  const loops = useLoops();
  return (
    <Page title="Home" lead="What the loop did, what it caused, and what waits for you.">
      <Loaded query={loops} height="h-96" empty={({ loops }) => (loops.length === 0 ? <Begin /> : null)}>
        {({ loops }) => loops.map((summary) => <Each key={summary.name} {...summary} />)}
      </Loaded>
    </Page>
  );
}
