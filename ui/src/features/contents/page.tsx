// A content: its metadata, how it looks in each campaign, its template, and how it does.
import type { ReactNode } from "react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCampaigns, type CampaignSummary } from "@/api/campaigns";
import { useResource, type Resource } from "@/api/resources";
import { Split } from "@/ui/answer/split";
import { Badge } from "@/ui/badge";
import { date, dateTime, words } from "@/ui/format";
import { nameOf } from "@/ui/metric-value";
import { Page } from "@/ui/page";
import { Frame, Nothing, Panel } from "@/ui/panel";
import { Preview } from "@/ui/preview";

const route = getRouteApi("/app/contents/$name");

interface Spec {
  channel?: string;
  subject?: string;
  text?: string;
  html?: string;
  fields?: Record<string, string>;
  tags?: Record<string, string>;
}

interface Use {
  campaign: string;
  variant: string;
  channel: string;
  offer?: string;
}

/** Where it is said: campaign, variant and channel. */
const usesOf = (campaigns: readonly CampaignSummary[], name: string): Use[] =>
  campaigns.flatMap(({ name: campaign, spec }) =>
    ((spec as { variants?: { name: string; offer?: string; content?: Record<string, string> }[] }).variants ?? []).flatMap(({ name: variant, offer, content = {} }) =>
      Object.entries(content).filter(([, one]) => one === name).map(([channel]) => ({ campaign, variant, channel, offer })),
    ),
  );

function Metadata({ versions }: { versions: readonly Resource[] }) {
  const last = versions.at(-1);
  if (!last) return null;
  const { channel, subject, fields, text, html, tags = {} } = last.spec as Spec;
  const assets = [subject && "subject", text && "text", html && "HTML", fields && `fields ${Object.keys(fields).join(", ")}`].filter(Boolean).join(", ");
  const template = fields ? JSON.stringify(fields, null, 2) : [subject, text, html].filter(Boolean).join("\n\n");
  const { description } = (last.metadata ?? {}) as { description?: string };
  const said: [string, ReactNode][] = [
    ["What it is", description], ["Channel", words(channel ?? "")], ["Assets", assets],
    ["Tags", Object.entries(tags).map(([name, value]) => <Badge key={name}>{name}: {value}</Badge>)],
    ["Version", `${last.version} by ${last.by}, ${dateTime(last.at)}`], ["First version", date(versions[0]?.at)],
  ];
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        {said.filter(([, value]) => value && (!Array.isArray(value) || value.length > 0)).map(([head, value]) => (
          <div key={head} className="contents"><dt className="text-muted">{head}</dt><dd className="flex flex-wrap gap-1">{value}</dd></div>
        ))}
      </dl>
      <details className="mt-3">
        <summary className="text-sm font-medium">The template</summary>
        <pre className="mt-1 overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs whitespace-pre-wrap" tabIndex={0}>{template}</pre>
      </details>
    </>
  );
}

export function ContentPage() {
  const { name } = route.useParams();
  const content = useResource("Content", name);
  const campaigns = useCampaigns();
  return (
    <Page title={words(name)} above={<Link to="/boards/$name" params={{ name: "channel_content" }}>Channel & content effectiveness</Link>}>
      <Panel title="Metadata" query={content}>{({ versions }) => <Metadata versions={versions} />}</Panel>
      <Panel title="How it looks" query={campaigns} height="h-56">
        {({ campaigns }) => {
          const uses = usesOf(campaigns, name);
          if (uses.length === 0) return <Nothing>No campaign says it now.</Nothing>;
          return (
            <div className="grid items-start gap-5 lg:grid-cols-2">
              {uses.map(({ campaign, variant, channel, offer }) => (
                <div key={`${campaign} ${variant} ${channel}`} className="flex min-w-0 flex-col gap-2">
                  <p className="text-sm">
                    <Link to="/campaigns/$name" params={{ name: campaign }} search={{ tab: "content" }} className="text-accent underline">{words(campaign)}</Link>, variant {words(variant)}{offer && `, with the offer ${words(offer)}`}
                  </p>
                  <Preview campaign={campaign} wanted={{ variant, channel }} />
                </div>
              ))}
            </div>
          );
        }}
      </Panel>
      <Split
        title="How it does" note="In the last 90 days, by campaign and channel"
        nothing="It was not delivered in the last 90 days."
        name={(row) => words(nameOf(row))}
        question={{
          metrics: ["deliveries", "clicked_messages", "ctr", "unsubscribe_rate"], dimensions: ["campaign", "channel"],
          time: { range: { type: "rolling", n: 90, unit: "day" } }, filters: [{ field: "content", op: "in", values: [name] }],
          order_by: [{ by: "deliveries", dir: "desc" }], limit: 50,
        }}
      />
      {content.error && <Frame title="About it"><Nothing>What a campaign calls {words(name)} is no resource that runs now.</Nothing></Frame>}
    </Page>
  );
}
