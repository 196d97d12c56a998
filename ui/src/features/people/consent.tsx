// Where a person stands on each topic, now or as of a day, and what that rests on.
import { useState } from "react";
import { useConsent } from "@/api/rights";
import { Badge } from "@/ui/badge";
import { TextField } from "@/ui/field";
import { date, words } from "@/ui/format";
import { Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

const topic = (purpose: string, channel?: string | null) => words(channel ? `${purpose} by ${channel === "*" ? "any channel" : channel}` : purpose);

export function ConsentPanel({ id }: { id: string }) {
  const [day, setDay] = useState("");
  const consent = useConsent(id, day ? `${day}T23:59:59Z` : "");
  const none = <Nothing>Nothing was said, and no policy asks.</Nothing>;
  return (
    <Panel
      title="Consent"
      note={consent.data?.jurisdiction && `By the rules of ${consent.data.jurisdiction}`}
      aside={<TextField label="As of" type="date" value={day} onChange={(event) => setDay(event.target.value)} />}
      query={consent}
      empty={({ topics }) => (topics.length === 0 ? none : null)}
    >
      {({ topics, preferences_url }) => (
        <>
          <Table
            caption="Consent by topic"
            rows={topics}
            id={({ purpose, channel }) => `${purpose} ${channel}`}
            columns={[
              { head: "Topic", cell: ({ purpose, channel }) => topic(purpose, channel) },
              { head: "Allowed", cell: ({ allowed }) => <Badge tone={allowed ? "good" : "bad"}>{allowed ? "yes" : "no"}</Badge> },
              { head: "Because", cell: ({ decision, because }) => (because === "said" ? words(decision ?? "") : words(because)) },
              { head: "Since", cell: ({ since }) => date(since) },
              { head: "Until", cell: ({ until }) => (until ? date(until) : "") },
              { head: "Entries", number: true, cell: ({ ledger }) => <span title={ledger.join(", ")}>{ledger.length}</span> },
            ]}
          />
          {preferences_url && <p className="mt-3"><a className="underline" href={preferences_url}>The page where this person sets it</a></p>}
        </>
      )}
    </Panel>
  );
}
