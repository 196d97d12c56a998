// One decision: why this, and why not the rest.
import { getRouteApi, Link } from "@tanstack/react-router";
import { useDecision, type DecisionView } from "@/api/people";
import { Badge, type Tone } from "@/ui/badge";
import { known } from "@/features/people/known";
import { Meter } from "@/ui/meter";
import { dateTime, money, percent, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Frame, Loaded, Nothing } from "@/ui/panel";
import { refusal } from "@/features/people/refusals";
import { Table } from "@/ui/table";

const route = getRouteApi("/app/decisions/$id");
type Decision = DecisionView["decision"];

/** In a sentence: what was drawn, or why nothing could be. */
export function sentence({ chosen, probability, segment, arm, candidates, floor }: Decision): string {
  if (!chosen) return `Nothing could be drawn: all ${candidates.length} candidates were refused, for the reasons below.`;
  const open = candidates.filter(({ refusal }) => !refusal).length;
  if (open === 1) return `Only ${words(chosen)} could be drawn${arm === "holdout" ? ", because the person is in the holdout" : ""}.`;
  return `${words(chosen)} was drawn with a probability of ${percent(probability)}, out of ${open} candidates, for people in the segment ${words(segment)}. Each candidate has at least ${percent(floor)}, so that something can be learnt.`;
}

const Candidates = ({ decision }: { decision: Decision }) => (
  <Frame title="Candidates">
    <p className="mb-3">{sentence(decision)}</p>
    <Table
      caption="Candidates"
      rows={decision.candidates}
      id={({ variant }) => variant}
      columns={[
        { head: "Variant", cell: ({ variant }) => <span className={variant === decision.chosen ? "font-semibold" : ""}>{words(variant)}</span> },
        {
          head: "Probability", number: true,
          cell: ({ variant, probability }) => <Meter label={`Probability of ${words(variant)}`} value={probability} />,
        },
        {
          head: "Outcome", long: true,
          cell: (one) => {
            if (one.refusal) return <><Badge tone="warn">{words(one.refusal.reason)}</Badge> {refusal(one.refusal)}</>;
            return one.variant === decision.chosen ? <Badge tone="good">drawn</Badge> : "could have been drawn";
          },
        },
      ]}
    />
  </Frame>
);

const OUTCOMES: Record<string, Tone> = { deferred: "warn", failed: "bad", bounced: "bad", uncertain: "warn" };

const Outcome = ({ deliveries, responses }: DecisionView) => (
  <Frame title="What came of it">
    {deliveries.length + responses.length === 0 ? (
      <Nothing>Nothing was delivered, and nobody reacted.</Nothing>
    ) : (
      <ol className="flex flex-col gap-2">
        {deliveries.map(({ outcome, channel, attempt, detail, occurred_at }) => (
          <li key={`${attempt} ${outcome}`}><Badge tone={OUTCOMES[outcome] ?? "accent"}>{words(outcome)}</Badge> by {words(channel)} {detail && `· ${detail}`} <span className="text-muted">{dateTime(occurred_at)}</span></li>
        ))}
        {responses.map(({ kind, value, occurred_at }) => (
          <li key={`${kind} ${occurred_at}`}><Badge tone="good">{kind}</Badge> {value != null && money(value)} <span className="text-muted">{dateTime(occurred_at)}</span></li>
        ))}
      </ol>
    )}
  </Frame>
);

export function DecisionPage() {
  const { id } = route.useParams();
  const found = useDecision(id);
  const view = found.data;
  const decision = view?.decision;
  return (
    <Page
      title={decision?.chosen ? `Why ${words(decision.chosen)}?` : "Why not?"}
      above={decision && <Link to="/people/$id" params={{ id: decision.person }}>The person</Link>}
      lead={decision && <>{words(decision.campaign)}, version {decision.campaign_version} · {words(decision.channel)}{decision.placement && ` at ${decision.placement}`} · {dateTime(decision.decided_at)} · {decision.arm}</>}
    >
      <Loaded query={found} height="h-96">
        {(view) => (
          <>
            <Candidates decision={view.decision} />
            <div className="grid items-start gap-5 lg:grid-cols-2">
              <Outcome {...view} />
              <Frame title="What was known" note="The features on which it was drawn">
                <Table
                  caption="Features at the time"
                  rows={Object.entries(view.decision.features)}
                  id={([name]) => name}
                  columns={[
                    { head: "Feature", cell: ([name]) => <code>{name}</code> },
                    { head: "Value", number: true, cell: ([, value]) => known(value) },
                  ]}
                />
              </Frame>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}
