// Requests of people about their own data: what was asked, how far it is, what was removed, and the proof.
import { useState } from "react";
import { useSubjectRequests, type SubjectRequest } from "@/api/rights";
import { useMay } from "@/api/session";
import { Ask } from "@/features/rights/ask";
import { Kept } from "@/features/rights/kept";
import { Badge, type Tone } from "@/ui/badge";
import { Button, buttonClass } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { bytes, count, date, dateTime, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

const TONES: Record<string, Tone> = { received: "warn", done: "good", failed: "bad" };

/** A file that the page itself makes. */
const file = (value: unknown) => `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(value, null, 2))}`;

function Proof({ request: { id, certificate, corrected, detail, export_bytes, export_until, removed } }: { request: SubjectRequest }) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      {export_bytes != null && (
        <a className={buttonClass()} href={`/v1/subject-requests/${id}/export`} download={`export-${id}.tar`}>
          Fetch {bytes(export_bytes)}{export_until && ` until ${date(export_until)}`}
        </a>
      )}
      {certificate != null && <a className={buttonClass()} href={file(certificate)} download={`certificate-${id}.json`}>Certificate</a>}
      {corrected && corrected.length > 0 && (
        <ul className="text-xs">
          {corrected.map(({ what, name, done, refused }) => <li key={`${what} ${name} ${done}`}>{what} {name} {done}{refused && `: ${refused}`}</li>)}
        </ul>
      )}
      {detail && <span className="text-xs">{detail}</span>}
      {removed && removed.length > 0 && (
        <details>
          <summary className="cursor-pointer">what was removed</summary>
          <ul className="mt-1 text-xs">
            {removed.map(({ store, table, count: many, bytes: size }) => <li key={`${store} ${table}`}>{store}, {words(table)}: {count(many)}{size != null && `, ${bytes(size)}`}</li>)}
          </ul>
        </details>
      )}
    </div>
  );
}

export function RightsPage() {
  const requests = useSubjectRequests();
  const may = useMay("admin");
  const [asking, setAsking] = useState(false);
  const ask = may && <Button look="main" onClick={() => setAsking(true)}>Write a request down</Button>;
  const none = <Nothing action={ask}>Nobody has asked for anything yet. Whoever asks to see, to correct or to erase what is known of them is written down here.</Nothing>;
  return (
    <Page title="Subject requests" lead="What people ask about their own data: access, erasure, rectification, restriction. Each is carried out in every store, and says what it did." actions={ask}>
      <Panel title="Requests" query={requests} empty={({ requests }) => (requests.length === 0 ? none : null)}>
        {({ requests }) => (
          <Table
            caption="Requests of people"
            rows={requests}
            id={({ id }) => id}
            columns={[
              { head: "Request", cell: ({ id, reference }) => <code>{reference ?? id.slice(0, 8)}</code> },
              { head: "Asked", cell: ({ kind }) => words(kind) },
              { head: "State", cell: ({ state, failures }) => <><Badge tone={TONES[state]}>{state}</Badge>{failures > 0 && state !== "done" && ` tried ${failures} times`}</> },
              { head: "On", cell: ({ requested_at, by }) => `${dateTime(requested_at)} by ${by}` },
              { head: "Due", cell: ({ due_at }) => date(due_at) },
              { head: "Done", cell: ({ done_at }) => dateTime(done_at) },
              { head: "What came of it", long: true, cell: (request) => <Proof request={request} /> },
            ]}
          />
        )}
      </Panel>
      <Kept />
      <Dialog open={asking} onClose={() => setAsking(false)} title="Write a request down">
        <Ask onDone={() => setAsking(false)} />
      </Dialog>
    </Page>
  );
}
