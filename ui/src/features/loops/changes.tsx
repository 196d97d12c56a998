// What each turn changed: the difference between versions of the campaign, why, and who applied it.
import { Link } from "@tanstack/react-router";
import type { LoopView, Proposal, Turn } from "@/api/loops";
import { useResource } from "@/api/resources";
import { evidenceSearch } from "@/features/loops/queries";
import { Decide } from "@/features/loops/decide";
import { after, weightsOf } from "@/features/loops/weights";
import { WeightsTable } from "@/features/loops/weights-table";
import { useMay } from "@/api/session";
import { Badge, type Tone } from "@/ui/badge";
import { dateTime, delta, words } from "@/ui/format";
import { Frame, Nothing } from "@/ui/panel";

const STATES: Record<Proposal["state"], { tone: Tone; words: string }> = {
  proposed: { tone: "warn", words: "waits for you" },
  held: { tone: "warn", words: "held back, waits for you" },
  applied: { tone: "good", words: "in effect" },
  rejected: { tone: "bad", words: "rejected" },
};

function Why({ turn, view }: { turn: Turn | undefined; view: LoopView }) {
  const may = useMay("query");
  if (!turn?.queries || !may) return null;
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 text-muted">
      The evidence, as it was asked for:
      {Object.keys(turn.queries).map((name) => (
        <Link key={name} to="/sql" search={evidenceSearch(view, turn, name)} className="text-accent underline" aria-label={`Open the query “${words(name)}”`}>
          {words(name)}
        </Link>
      ))}
    </p>
  );
}

function One({ proposal, view }: { proposal: Proposal; view: LoopView }) {
  const { state, turn, by, reason, at, expected, base_version, applied_version, campaign, changes } = proposal;
  const versions = useResource("Campaign", campaign).data?.versions;
  const before = versions?.find(({ version }) => version === base_version)?.managed;
  const waits = state === "held" || state === "proposed";
  const dropped = changes.flatMap((one) => (one.change === "drop" ? [one] : []));
  return (
    <Frame
      title={`Turn ${turn}`}
      note={`${dateTime(at)} · expected reward ${delta(expected.value)} per decision [${delta(expected.low)}, ${delta(expected.high)}]`}
      aside={<Badge tone={STATES[state].tone}>{STATES[state].words}</Badge>}
    >
      <div className="flex flex-col gap-3">
        <p className="text-muted">
          {waits ? "Proposed" : state === "applied" ? "Applied" : "Rejected"} by {by.startsWith("loop:") ? `the loop ${words(by.slice(5))}` : by}
          {reason && <>: “{reason}”</>}. Version {base_version} of {words(campaign)}
          {applied_version ? ` became version ${applied_version}.` : " was the one it was made for."}
        </p>
        {dropped.map(({ variant, because }) => (
          <p key={variant}>Drops <b>{words(variant)}</b>: {because}</p>
        ))}
        {versions && <WeightsTable caption={`What turn ${turn} changes`} before={weightsOf(before)} after={after(before, changes)} />}
        <Why turn={view.turns.find(({ number }) => number === turn)} view={view} />
        {waits && <Decide proposal={proposal} />}
      </div>
    </Frame>
  );
}

export function Changes({ view }: { view: LoopView }) {
  if (view.proposals.length === 0) {
    return (
      <Frame title="Changes">
        <Nothing>No turn has proposed a change yet.</Nothing>
      </Frame>
    );
  }
  return view.proposals.toReversed().map((proposal) => <One key={proposal.id} proposal={proposal} view={view} />);
}
