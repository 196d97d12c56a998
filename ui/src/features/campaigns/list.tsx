// All campaigns, and what they did in the period.
import { Link } from "@tanstack/react-router";
import { useCampaigns, useOverview, type CampaignCounts, type CampaignSummary } from "@/api/campaigns";
import { useStatus } from "@/api/server";
import { Badge } from "@/ui/badge";
import { buttonClass } from "@/ui/button";
import { count, percent, ratio, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Failure, Nothing, Panel } from "@/ui/panel";
import { PERIODS, period, previous } from "@/ui/period";
import { useShared } from "@/ui/search";
import { Change, Pending } from "@/ui/stat";
import { Table } from "@/ui/table";

interface Row extends CampaignSummary {
  now: CampaignCounts | undefined;
  before: CampaignCounts | undefined;
}

interface Spec {
  audience?: string;
  channel?: string;
  placements?: string[];
  external?: boolean;
  switched_off?: boolean;
}

const spec = (row: Row) => row.spec as Spec;

const none = (
  <Nothing action={<Link to="/" className={buttonClass("main")}>Begin on the home page</Link>}>There is no campaign yet.</Nothing>
);

function Status({ row }: { row: Row }) {
  const { external, switched_off } = spec(row);
  if (switched_off) return <Badge tone="bad">switched off</Badge>;
  return external ? <Badge>run by others</Badge> : <Badge tone="good">running</Badge>;
}

type Count = "people" | "decisions" | "delivered" | "refused";

function Counted({ row: { now, before }, of }: { row: Row; of: Count }) {
  if (!now) return <Pending />;
  return <>{count(now[of])}{before && <span className="block text-xs"><Change now={now[of]} before={before[of]} /></span>}</>;
}

/** Where something was counted at all, who is not in it did nothing. */
const countsOf = (campaign: string, all: readonly CampaignCounts[] | undefined): CampaignCounts | undefined =>
  all && (all.find((one) => one.campaign === campaign) ?? { campaign, people: 0, decisions: 0, delivered: 0, clicked: 0, refused: 0 });

export function CampaignsPage() {
  const campaigns = useCampaigns();
  const shared = useShared();
  const now = useStatus().data?.now;
  const counted = useOverview(now ? period(shared.period, now) : null);
  const overview = counted.data?.campaigns;
  const earlier = useOverview(now && shared.compare === "previous" ? previous(shared.period, now) : null).data?.campaigns;
  const compared = shared.compare === "previous" ? earlier : undefined;
  return (
    <Page title="Campaigns" lead="Counts are what happened, not what a campaign caused: that is what its loop measures.">
      <Panel title="Campaigns" note={PERIODS[shared.period]} query={campaigns} empty={({ campaigns }) => (campaigns.length === 0 ? none : null)}>
        {({ campaigns }) => counted.error && !overview ? <Failure error={counted.error} again={() => void counted.refetch()} /> : (
          <Table<Row>
            caption="Campaigns and what they did"
            rows={campaigns.map((one) => ({
              ...one,
              now: countsOf(one.name, overview),
              before: countsOf(one.name, compared),
            }))}
            id={({ name }) => name}
            columns={[
              { head: "Campaign", cell: ({ name }) => <Link className="font-medium text-accent underline" to="/campaigns/$name" params={{ name }}>{words(name)}</Link> },
              { head: "Status", cell: (row) => <Status row={row} /> },
              { head: "Audience", cell: (row) => spec(row).audience && <Link className="underline" to="/campaigns/$name" params={{ name: row.name }} search={{ tab: "audience" }}>{words(spec(row).audience ?? "")}</Link> },
              { head: "Channels", cell: (row) => [spec(row).channel, ...(spec(row).placements?.length ? ["in app"] : [])].filter(Boolean).join(", ") },
              { head: "People", number: true, cell: (row) => <Counted row={row} of="people" /> },
              { head: "Decisions", number: true, cell: (row) => <Counted row={row} of="decisions" /> },
              { head: "Delivered", number: true, cell: (row) => <Counted row={row} of="delivered" /> },
              { head: "Clicked", number: true, cell: ({ now }) => (now ? `${count(now.clicked)} (${percent(ratio(now.clicked, now.delivered))})` : <Pending />) },
              { head: "Refused", number: true, cell: (row) => <Counted row={row} of="refused" /> },
              { head: "Version", number: true, cell: ({ version }) => version },
            ]}
            foot="“Refused”: decisions in which nothing could be drawn, because of consent, caps or the holdout. The page of a person says which."
          />
        )}
      </Panel>
    </Page>
  );
}
