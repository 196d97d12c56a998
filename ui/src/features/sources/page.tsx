// Sources: where events come from, their keys, and what to put into a shop or site.
import { useState } from "react";
import { useResources, type Resource } from "@/api/resources";
import { useMay } from "@/api/session";
import { NewSource } from "@/features/sources/new-source";
import { snippet, type SourceSpec } from "@/features/sources/snippet";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { date } from "@/ui/format";
import { Page } from "@/ui/page";
import { Frame, Loaded, Nothing } from "@/ui/panel";
import { Secret } from "@/ui/secret";

function Source({ source }: { source: Resource }) {
  const spec = source.spec as SourceSpec;
  const { description } = (source.metadata ?? {}) as { description?: string };
  const keys = spec.write_keys ?? [];
  return (
    <Frame
      title={source.name}
      note={description}
      aside={<span className="flex gap-1"><Badge tone="accent">{spec.type}</Badge>{spec.enabled === false && <Badge tone="bad">switched off</Badge>}</span>}
    >
      <div className="flex flex-col gap-3">
        <p className="text-muted">Version {source.version} since {date(source.at)}</p>
        {keys.map((key) => <Secret key={key} name={`Write key of ${source.name}`} text={key} />)}
        {keys.length === 0 && <p className="text-muted">Your role does not show its write keys.</p>}
        <details>
          <summary className="cursor-pointer">How to send events</summary>
          <pre className="mt-2 overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs" tabIndex={0}>{snippet(spec, window.location.origin)}</pre>
        </details>
      </div>
    </Frame>
  );
}

export function SourcesPage() {
  const sources = useResources("Source");
  const may = useMay("write");
  const [making, setMaking] = useState(false);
  const make = may && (
    <Button look="main" onClick={() => setMaking(true)}>
      Connect a source
    </Button>
  );
  return (
    <Page title="Sources" lead="Each source has keys with which events are sent, as the Segment SDKs do." actions={make}>
      <Loaded query={sources} empty={({ resources }) => (resources.length === 0 ? <Nothing action={make}>No source is connected yet, so no event can come in.</Nothing> : null)}>
        {({ resources }) => <div className="grid items-start gap-5 lg:grid-cols-2">{resources.map((source) => <Source key={source.name} source={source} />)}</div>}
      </Loaded>
      <Dialog open={making} onClose={() => setMaking(false)} title="Connect a source">
        <NewSource onDone={() => setMaking(false)} />
      </Dialog>
    </Page>
  );
}
