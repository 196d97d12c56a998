// Sources: where events come from, their keys, what came, and what to put into a shop or site.
import { useState } from "react";
import { useMay } from "@/api/session";
import { useSources, useSwitchSource, type Source } from "@/api/sources";
import { Counted, Unknown } from "@/features/sources/counted";
import { Keys } from "@/features/sources/keys";
import { NewSource } from "@/features/sources/new-source";
import { Snippets } from "@/features/sources/snippets";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { bytes, count } from "@/ui/format";
import { Page } from "@/ui/page";
import { Failure, Frame, Loaded, Nothing } from "@/ui/panel";

function Allowed({ source: { limits, origins } }: { source: Source }) {
  const { max_event_bytes, max_request_bytes, rate } = limits;
  return (
    <p className="text-muted">
      Events up to {bytes(max_event_bytes)}, requests up to {bytes(max_request_bytes)}
      {rate && `, ${count(rate.events)} events each ${rate.per}`}
      {origins.length > 0 && `, only from ${origins.join(", ")}`}.
    </p>
  );
}

function Card({ source, may }: { source: Source; may: boolean }) {
  const { name, type, enabled, counted } = source;
  const turn = useSwitchSource(name);
  const [pasting, setPasting] = useState(false);
  return (
    <Frame title={name} aside={<span className="flex gap-1"><Badge tone="accent">{type}</Badge>{!enabled && <Badge tone="bad">switched off</Badge>}</span>}>
      <div className="flex flex-col gap-3">
        <Counted counted={counted} />
        <Keys source={source} may={may} />
        <Allowed source={source} />
        {turn.error && <Failure error={turn.error} />}
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setPasting(!pasting)} aria-expanded={pasting} aria-label={`How to send from ${name}`}>How to send</Button>
          {may && <Button look={enabled ? "bad" : undefined} onClick={() => turn.mutate(!enabled)} disabled={turn.isPending} aria-label={`${enabled ? "Switch off" : "Switch on"} ${name}`}>{enabled ? "Switch off" : "Switch on"}</Button>}
        </div>
        {pasting && <Snippets name={name} />}
      </div>
    </Frame>
  );
}

export function SourcesPage() {
  const sources = useSources();
  const may = useMay("write");
  const [making, setMaking] = useState(false);
  const make = may && (
    <Button look="main" onClick={() => setMaking(true)}>
      Connect a source
    </Button>
  );
  const none = <Nothing action={make}>No source is connected yet, so no event can come in.</Nothing>;
  return (
    <Page title="Sources" lead="Each source has keys with which events are sent, as the SDKs of Segment, RudderStack and PostHog do." actions={make}>
      <Loaded query={sources} empty={({ sources }) => (sources.length === 0 ? none : null)}>
        {({ sources }) => <div className="grid items-start gap-5 lg:grid-cols-2">{sources.map((source) => <Card key={source.name} source={source} may={may} />)}</div>}
      </Loaded>
      {sources.data && <Unknown unknown={sources.data.unknown_keys} />}
      <Dialog open={making} onClose={() => setMaking(false)} title="Connect a source">
        <NewSource />
      </Dialog>
    </Page>
  );
}
