// Consent across everybody: what the gates have said, and whether the ledger is whole.
import { useGates, useLedger } from "@/api/rights";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { count, plural, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Failure, Frame, Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

function Ledger() {
  const verify = useLedger();
  const report = verify.data;
  return (
    <Frame title="The ledger" note="Every word is chained to the one before it: what was edited, left out or put elsewhere is found." aside={<Button onClick={() => verify.mutate()} disabled={verify.isPending}>{verify.isPending ? "Walking …" : "Verify"}</Button>}>
      {verify.error && <Failure error={verify.error} />}
      {report ? (
        <div role="status" className="flex flex-col gap-2">
          <p><Badge tone={report.whole ? "good" : "bad"}>{report.whole ? "whole" : "not whole"}</Badge> {plural(report.entries, "entry", "entries")}{report.unchained > 0 && `, ${count(report.unchained)} from before it was chained`}</p>
          {report.faults.length > 0 && <ul className="list-disc pl-5">{report.faults.map((fault) => <li key={fault}>{fault}</li>)}</ul>}
        </div>
      ) : (
        !verify.error && <p className="text-muted">It was not walked yet.</p>
      )}
    </Frame>
  );
}

export function ConsentPage() {
  const gates = useGates();
  const none = <Nothing>No gate was asked since the server started. Gates are asked when a ConsentPolicy is applied, and whenever somebody is contacted.</Nothing>;
  return (
    <Page title="Consent" lead="What was allowed and refused since the server started, gate by gate. Where one person stands is on their page.">
      <Panel title="Gates" query={gates} empty={({ gates }) => (gates.length === 0 ? none : null)}>
        {({ gates }) => (
          <Table
            caption="What gates have said"
            rows={gates}
            id={({ gate, purpose, allowed, because }) => `${gate} ${purpose} ${allowed} ${because}`}
            columns={[
              { head: "Gate", cell: ({ gate }) => words(gate) },
              { head: "Purpose", cell: ({ purpose }) => words(purpose) },
              { head: "Verdict", cell: ({ allowed }) => <Badge tone={allowed ? "good" : "bad"}>{allowed ? "allowed" : "refused"}</Badge> },
              { head: "Because", cell: ({ because }) => words(because) },
              { head: "Times", number: true, cell: ({ count: times }) => count(times) },
            ]}
          />
        )}
      </Panel>
      <Ledger />
    </Page>
  );
}
