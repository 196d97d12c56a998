// What a campaign says: per variant and channel how it looks, for nobody in particular or for somebody.
import { getRouteApi } from "@tanstack/react-router";
import type { CampaignSummary } from "@/api/campaigns";
import { useResources, type Resource } from "@/api/resources";
import { useMay } from "@/api/session";
import { Preview } from "@/ui/preview";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { date, words } from "@/ui/format";
import { Frame, Loaded, Nothing } from "@/ui/panel";

const route = getRouteApi("/app/campaigns/$name");

interface Variant {
  name: string;
  offer?: string;
  /** By channel, the name of what is said. */
  content?: Record<string, string>;
}

interface Content {
  subject?: string;
  text?: string;
  html?: string;
  fields?: Record<string, string>;
  tags?: Record<string, string>;
}

const template = ({ fields, subject = "", html, text = "" }: Content) =>
  fields ? JSON.stringify(fields, null, 2) : [subject, text, html].filter(Boolean).join("\n\n");

/** What is known of a content besides how it looks. */
function About({ channel, resource }: { channel: string; resource: Resource }) {
  const { tags = {} } = resource.spec as Content;
  const { description } = (resource.metadata ?? {}) as { description?: string };
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Badge tone="accent">{words(channel)}</Badge>
        <code>{resource.name}</code>
        <span className="text-xs text-muted">version {resource.version} by {resource.by}, {date(resource.at)}</span>
        {Object.entries(tags).map(([name, value]) => <Badge key={name}>{name}: {value}</Badge>)}
      </p>
      {description && <p className="text-muted">{description}</p>}
    </>
  );
}

interface PieceProps {
  campaign: string;
  variant: string;
  channel: string;
  person: string | undefined;
  resource: Resource | undefined;
}

const Piece = ({ campaign, variant, channel, person, resource }: PieceProps) => (
  <div className="flex min-w-0 flex-col gap-2">
    {resource && <About channel={channel} resource={resource} />}
    <Preview campaign={campaign} wanted={{ variant, channel, person }} />
    {resource && (
      <details>
        <summary className="text-xs text-muted">The template</summary>
        <pre className="mt-1 overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs whitespace-pre-wrap" tabIndex={0}>{template(resource.spec as Content)}</pre>
      </details>
    )}
  </div>
);

function As() {
  const { as } = route.useSearch();
  const navigate = route.useNavigate();
  const show = (as: string | undefined) => void navigate({ search: (before) => ({ ...before, as }) });
  return (
    <form action={(form) => show(String(form.get("as")).trim() || undefined)} className="flex flex-wrap items-end gap-2">
      <TextField key={as} label="Show it as this person would get it" name="as" placeholder="user id or e-mail address" defaultValue={as} className="w-72 max-w-full" />
      <Button type="submit">Show</Button>
      {as && <Button look="quiet" onClick={() => show(undefined)}>As nobody in particular</Button>}
    </form>
  );
}

export function ContentTab({ view }: { view: CampaignSummary }) {
  const contents = useResources("Content");
  const { as } = route.useSearch();
  const may = useMay("people");
  const { variants = [] } = view.spec as { variants?: Variant[] };
  return (
    <>
      {may && <As />}
      <Loaded query={contents} height="h-96">
        {({ resources }) => variants.map(({ name, offer, content = {} }) => (
          <Frame key={name} title={words(name)} note={offer ? `with the offer ${words(offer)}` : undefined}>
            {Object.keys(content).length === 0 && <Nothing>Nothing is said: this variant leaves people alone.</Nothing>}
            <div className="grid items-start gap-5 lg:grid-cols-2">
              {Object.entries(content).map(([channel, piece]) => (
                <Piece key={channel} campaign={view.name} variant={name} channel={channel} person={may ? as : undefined} resource={resources.find((one) => one.name === piece)} />
              ))}
            </div>
          </Frame>
        ))}
      </Loaded>
    </>
  );
}
