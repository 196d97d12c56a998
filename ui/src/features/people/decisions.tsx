// The latest decisions about a person: why this message, and why not.
import { Link } from "@tanstack/react-router";
import type { PersonView } from "@/api/people";
import { Badge } from "@/ui/badge";
import { dateTime, percent, words } from "@/ui/format";
import { Frame, Nothing } from "@/ui/panel";
import { Table } from "@/ui/table";

export const Decisions = ({ decisions }: PersonView) => (
  <Frame title="Decisions" note="The latest twenty. Each opens with all candidates, their probabilities, and why the rest was refused.">
    {decisions.length === 0 ? (
      <Nothing>Nothing was decided about this person yet.</Nothing>
    ) : (
      <Table
        caption="Decisions"
        rows={decisions}
        id={({ decision }) => decision}
        columns={[
          { head: "When", cell: ({ decided_at }) => dateTime(decided_at) },
          { head: "Campaign", cell: ({ campaign }) => <Link className="underline" to="/campaigns/$name" params={{ name: campaign }}>{words(campaign)}</Link> },
          { head: "Channel", cell: ({ channel }) => words(channel) },
          { head: "Drawn", cell: ({ chosen }) => (chosen ? words(chosen) : <Badge tone="warn">nothing could be drawn</Badge>) },
          { head: "Probability", number: true, cell: ({ chosen, probability }) => (chosen ? percent(probability) : "—") },
          { head: "Arm", cell: ({ arm }) => arm && <Badge tone={arm === "holdout" ? "warn" : "accent"}>{arm}</Badge> },
          {
            head: "",
            cell: ({ decision, chosen, decided_at }) => (
              <Link className="text-accent underline" to="/decisions/$id" params={{ id: decision }} aria-label={`${chosen ? "Why" : "Why not"}, ${dateTime(decided_at)}`}>
                {chosen ? "Why" : "Why not"}
              </Link>
            ),
          },
        ]}
      />
    )}
  </Frame>
);
