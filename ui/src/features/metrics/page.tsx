// Metrics: what they mean, and what they are.
import { getRouteApi } from "@tanstack/react-router";
import { Catalogue } from "@/features/metrics/catalogue";
import { Explore } from "@/features/metrics/explore";
import { Funnel } from "@/features/metrics/funnel";
import { Retention } from "@/features/metrics/retention";
import { Page } from "@/ui/page";
import { Tabs } from "@/ui/tabs";

const route = getRouteApi("/app/metrics");
const TABS = { explore: "Explore", funnel: "Funnel", retention: "Retention", catalogue: "Catalogue" } as const;

export function MetricsPage() {
  const { tab = "explore" } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page title="Metrics" lead="One definition of every number, with what it was computed from.">
      <Tabs label="Metrics" tabs={TABS} chosen={tab} onChoose={(tab) => void navigate({ search: (before) => ({ ...before, tab }) })}>
        {tab === "explore" && <Explore />}
        {tab === "funnel" && <Funnel />}
        {tab === "retention" && <Retention />}
        {tab === "catalogue" && <Catalogue />}
      </Tabs>
    </Page>
  );
}
