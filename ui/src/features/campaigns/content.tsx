// What a campaign says: the content of each variant, its metadata, and how it looks with made-up values.
import type { CampaignSummary } from "@/api/campaigns";
import { useResources, type Resource } from "@/api/resources";
import { fill } from "@/features/campaigns/fill";
import { Badge } from "@/ui/badge";
import { words } from "@/ui/format";
import { Frame, Nothing, Panel } from "@/ui/panel";

interface Variant {
  name: string;
  offer?: string;
  content?: Record<string, string>;
}

interface Content {
  channel?: string;
  subject?: string;
  text?: string;
  html?: string;
  fields?: Record<string, string>;
  tags?: Record<string, string>;
}

function Letter({ subject = "", text = "" }: Content) {
  return (
    <div className="rounded-md border border-line p-3">
      <p className="font-medium">{fill(subject)}</p>
      <pre className="mt-2 font-sans whitespace-pre-wrap text-muted">{fill(text)}</pre>
    </div>
  );
}

function Card({ fields = {} }: Content) {
  const { title, body, button, ...rest } = fields;
  return (
    <div className="max-w-sm rounded-md border border-line p-3 shadow-sm">
      {title && <p className="font-medium">{fill(title)}</p>}
      {body && <p className="mt-1 text-muted">{fill(body)}</p>}
      {button && <p className="mt-3 inline-block rounded-md bg-accent px-3 py-1 text-accent-ink">{fill(button)}</p>}
      {Object.entries(rest).map(([name, value]) => (
        <p key={name} className="text-xs text-muted">{name}: {fill(value)}</p>
      ))}
    </div>
  );
}

function Piece({ resource }: { resource: Resource }) {
  const content = resource.spec as Content;
  const { description } = (resource.metadata ?? {}) as { description?: string };
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone="accent">{words(content.channel ?? "")}</Badge>
        <code>{resource.name}</code>
        <span className="text-muted">version {resource.version}</span>
        {Object.entries(content.tags ?? {}).map(([name, value]) => <Badge key={name}>{name}: {value}</Badge>)}
      </p>
      {description && <p className="text-muted">{description}</p>}
      {content.fields ? <Card {...content} /> : <Letter {...content} />}
      <details>
        <summary className="cursor-pointer text-muted">The template</summary>
        <pre className="overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs whitespace-pre-wrap" tabIndex={0}>
          {content.fields ? JSON.stringify(content.fields, null, 2) : `${content.subject ?? ""}\n\n${content.html ?? content.text ?? ""}`}
        </pre>
      </details>
    </div>
  );
}

export function ContentTab({ view }: { view: CampaignSummary }) {
  const contents = useResources("Content");
  const { variants = [] } = view.spec as { variants?: Variant[] };
  return (
    <Panel title="Variants" query={contents} note="Filled with the values that stand in for missing ones; the server fills in each person's own.">
      {({ resources }) => (
        <div className="flex flex-col gap-4">
          {variants.map(({ name, offer, content = {} }) => {
            const pieces = resources.filter((one) => Object.values(content).includes(one.name));
            return (
              <Frame key={name} title={words(name)} note={offer ? `with the offer ${words(offer)}` : undefined}>
                {pieces.length === 0 ? (
                  <Nothing>Nothing is said: this variant leaves people alone.</Nothing>
                ) : (
                  <div className="grid gap-5 lg:grid-cols-2">{pieces.map((piece) => <Piece key={piece.name} resource={piece} />)}</div>
                )}
              </Frame>
            );
          })}
        </div>
      )}
    </Panel>
  );
}
