// All loops.
import { Link } from "@tanstack/react-router";
import { useLoops } from "@/api/loops";
import { buttonClass } from "@/ui/button";
import { count, date, words } from "@/ui/format";
import { Finding, LiftWords } from "@/ui/lift";
import { Page } from "@/ui/page";
import { Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

const none = (
  <Nothing action={<Link to="/" className={buttonClass("main")}>Begin on the home page</Link>}>There is no loop yet.</Nothing>
);

export function LoopsPage() {
  const loops = useLoops();
  return (
    <Page title="Loops" lead="Each loop measures a campaign against people who are held out, learns, and changes it.">
      <Panel title="Loops" query={loops} empty={({ loops }) => (loops.length === 0 ? none : null)}>
        {({ loops }) => (
          <Table
            caption="Loops"
            rows={loops}
            id={({ name }) => name}
            columns={[
              { head: "Loop", cell: ({ name }) => <Link className="font-medium text-accent underline" to="/loops/$name" params={{ name }}>{words(name)}</Link> },
              { head: "Campaign", cell: ({ latest }) => latest && <Link className="underline" to="/campaigns/$name" params={{ name: latest.campaign }}>{words(latest.campaign)}</Link> },
              { head: "Turns", number: true, cell: ({ turns }) => count(turns) },
              { head: "People", number: true, cell: ({ latest }) => count(latest && latest.treated.people + latest.holdout.people) },
              { head: "Latest lift", cell: ({ latest }) => (latest ? <LiftWords lift={latest.lift} /> : "no turn yet") },
              { head: "Finding", cell: ({ latest }) => latest && <Finding lift={latest.lift} /> },
              { head: "Until", cell: ({ latest }) => date(latest?.to) },
            ]}
          />
        )}
      </Panel>
    </Page>
  );
}
