// One campaign: how it fares, how it is configured, whom it is for, and what it says.
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCampaigns } from "@/api/campaigns";
import { AudienceTab } from "@/features/campaigns/audience";
import { Configuration } from "@/features/campaigns/configuration";
import { ContentTab } from "@/features/campaigns/content";
import { PerformanceTab } from "@/features/campaigns/performance";
import { dateTime, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Loaded, Nothing } from "@/ui/panel";
import { Tabs } from "@/ui/tabs";

const route = getRouteApi("/app/campaigns/$name");
const TABS = { performance: "Performance", configuration: "Configuration", audience: "Audience", content: "Content" };

export function CampaignPage() {
  const { name } = route.useParams();
  const { tab = "performance" } = route.useSearch();
  const navigate = route.useNavigate();
  // The list is at hand at once; what it takes long to count is asked for where it is shown.
  const campaigns = useCampaigns();
  const view = campaigns.data?.campaigns.find((one) => one.name === name);
  const choose = (next: keyof typeof TABS) => void navigate({ search: (before) => ({ ...before, tab: next }) });
  return (
    <Page
      title={words(name)}
      above={<Link to="/campaigns">Campaigns</Link>}
      lead={view && `Version ${view.version}, by ${view.by.startsWith("loop:") ? `the loop ${words(view.by.slice(5))}` : view.by}, ${dateTime(view.at)}`}
    >
      <Loaded query={campaigns} height="h-96" empty={() => (view ? null : <Nothing>No campaign of that name runs.</Nothing>)}>
        {() => view && (
          <Tabs label="Parts of the campaign" tabs={TABS} chosen={tab} onChoose={choose}>
            {tab === "performance" && <PerformanceTab name={name} />}
            {tab === "configuration" && <Configuration name={name} />}
            {tab === "audience" && <AudienceTab view={view} />}
            {tab === "content" && <ContentTab view={view} />}
          </Tabs>
        )}
      </Loaded>
    </Page>
  );
}
