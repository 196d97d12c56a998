// An audience: its definition and size, which campaigns are for it, and which reach it.
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCampaigns } from "@/api/campaigns";
import { History } from "@/features/audiences/history";
import { Split } from "@/ui/answer/split";
import { AudienceParts } from "@/ui/audience";
import { words } from "@/ui/format";
import { nameOf } from "@/ui/metric-value";
import { Page } from "@/ui/page";

const route = getRouteApi("/app/audiences/$name");

const Campaign = ({ name }: { name: string }) => (
  <Link to="/campaigns/$name" params={{ name }} search={{ tab: "configuration" }} className="text-accent underline">{words(name)}</Link>
);

export function AudiencePage() {
  const { name } = route.useParams();
  const campaigns = useCampaigns().data?.campaigns ?? [];
  const own = campaigns.filter(({ spec }) => (spec as { audience?: string }).audience === name);
  const known = new Set(campaigns.map((one) => one.name));
  return (
    <Page
      title={words(name)}
      above={<><Link to="/audiences">Audiences</Link> · <Link to="/boards/$name" params={{ name: "audience_understanding" }}>Audience understanding</Link></>}
      lead={own.length > 0 && <>The audience of {own.map((one, index) => <span key={one.name}>{index > 0 && ", "}<Campaign name={one.name} /></span>)}.</>}
    >
      <AudienceParts name={name} />
      <History name={name} />
      <Split
        title="Campaigns that reach it" note="In the last 90 days, of people who were in it then"
        nothing="No campaign reached anybody of it in the last 90 days."
        name={(row) => { const campaign = row.dimensions[0]; return campaign && known.has(campaign) ? <Campaign name={campaign} /> : words(nameOf(row)); }}
        question={{
          metrics: ["reach", "messages_per_person", "engagement_rate", "conversion_rate"], dimensions: ["campaign"],
          time: { range: { type: "rolling", n: 90, unit: "day" } }, filters: [{ field: "audience", op: "in", values: [name] }],
          order_by: [{ by: "reach", dir: "desc" }], limit: 50,
        }}
      />
    </Page>
  );
}
