// One campaign: how it fares, how it is configured, whom it is for, and what it says.
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCampaign } from "@/api/campaigns";
import { AudienceTab } from "@/features/campaigns/audience";
import { Configuration } from "@/features/campaigns/configuration";
import { ContentTab } from "@/features/campaigns/content";
import { PerformanceTab } from "@/features/campaigns/performance";
import { dateTime, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Failure, Skeleton } from "@/ui/panel";
import { Tabs } from "@/ui/tabs";

const route = getRouteApi("/app/campaigns/$name");
const TABS = { performance: "Performance", configuration: "Configuration", audience: "Audience", content: "Content" };

export function CampaignPage() {
  const { name } = route.useParams();
  const { tab = "performance" } = route.useSearch();
  const navigate = route.useNavigate();
  const campaign = useCampaign(name);
  const view = campaign.data;
  const choose = (next: keyof typeof TABS) => void navigate({ search: (before) => ({ ...before, tab: next }) });
  return (
    <Page
      title={words(name)}
      above={<Link to="/campaigns">Campaigns</Link>}
      lead={view && `Version ${view.version}, by ${view.by.startsWith("loop:") ? `the loop ${words(view.by.slice(5))}` : view.by}, ${dateTime(view.at)}`}
    >
      {!view && (campaign.error ? <Failure error={campaign.error} again={() => void campaign.refetch()} /> : <Skeleton height="h-96" />)}
      {view && (
        <Tabs label="Parts of the campaign" tabs={TABS} chosen={tab} onChoose={choose}>
          {tab === "performance" && <PerformanceTab view={view} />}
          {tab === "configuration" && <Configuration name={name} />}
          {tab === "audience" && <AudienceTab view={view} />}
          {tab === "content" && <ContentTab view={view} />}
        </Tabs>
      )}
    </Page>
  );
}
