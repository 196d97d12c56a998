// One person: who they are, what is known, what they agreed to, and what happened.
import { getRouteApi, Link } from "@tanstack/react-router";
import { usePerson, type PersonView } from "@/api/people";
import { ConsentPanel } from "@/features/people/consent";
import { Decisions } from "@/features/people/decisions";
import { GraphPanel } from "@/features/people/graph";
import { TimelinePanel } from "@/features/people/timeline";
import { Badge } from "@/ui/badge";
import { known } from "@/features/people/known";
import { date, dateTime, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Frame, Loaded, Nothing } from "@/ui/panel";
import { Table } from "@/ui/table";

const route = getRouteApi("/app/people/$id");

function Identifiers({ nodes }: PersonView) {
  return (
    <Frame title="Identifiers" note="The identifiers that are this person.">
      <Table
        caption="Identifiers"
        rows={nodes}
        id={({ node }) => node}
        columns={[
          { head: "Kind", cell: ({ kind }) => words(kind) },
          { head: "Identifier", cell: ({ identifier }) => <span className="break-all">{identifier}</span> },
          { head: "First seen", cell: ({ first_seen }) => date(first_seen) },
          { head: "Last seen", cell: ({ last_seen }) => date(last_seen) },
        ]}
      />
    </Frame>
  );
}

function Known({ features }: PersonView) {
  const rows = Object.entries(features);
  return (
    <Frame title="Features" note="What rules and templates read as person.<name>">
      {rows.length === 0 ? (
        <Nothing>No features are defined.</Nothing>
      ) : (
        <Table
          caption="Features"
          rows={rows}
          id={([name]) => name}
          columns={[
            { head: "Feature", cell: ([name]) => <code>{name}</code> },
            { head: "Value", number: true, cell: ([, value]) => known(value) },
          ]}
        />
      )}
    </Frame>
  );
}

function Standing({ consent, audiences, arms }: PersonView) {
  const channels = Object.entries(consent);
  return (
    <Frame title="Consent, audiences and arms">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-3">
        <dt className="text-muted">Consent</dt>
        <dd className="flex flex-wrap gap-1">
          {channels.length === 0 && "never said anything"}
          {channels.map(([channel, granted]) => (
            <Badge key={channel} tone={granted ? "good" : "bad"}>{words(channel)}: {granted ? "given" : "taken back"}</Badge>
          ))}
        </dd>
        <dt className="text-muted">Audiences</dt>
        <dd className="flex flex-wrap gap-1">
          {Object.keys(audiences).length === 0 && "in none"}
          {Object.entries(audiences).map(([name, since]) => <Badge key={name}>{words(name)} since {date(since)}</Badge>)}
        </dd>
        <dt className="text-muted">Arms</dt>
        <dd className="flex flex-wrap gap-1">
          {Object.keys(arms).length === 0 && "in no loop"}
          {Object.entries(arms).map(([name, arm]) => <Badge key={name} tone={arm === "holdout" ? "warn" : "accent"}>{words(name)}: {arm}</Badge>)}
        </dd>
      </dl>
    </Frame>
  );
}

export function PersonPage() {
  const { id } = route.useParams();
  const person = usePerson(id);
  const view = person.data;
  return (
    <Page title={id} above={<Link to="/people">People</Link>} lead={view?.next_change_at && `Time alone may change something on ${dateTime(view.next_change_at)}.`}>
      <Loaded query={person} height="h-96">
        {(view) => (
          <>
            <div className="grid items-start gap-5 lg:grid-cols-2">
              <Standing {...view} />
              <Identifiers {...view} />
            </div>
            <Decisions {...view} />
            <GraphPanel id={id} />
            <ConsentPanel id={id} />
            <div className="grid items-start gap-5 lg:grid-cols-[2fr_1fr]">
              <TimelinePanel id={id} />
              <Known {...view} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}
