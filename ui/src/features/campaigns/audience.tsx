// Whom a campaign is for.
import type { CampaignSummary } from "@/api/campaigns";
import { AudienceParts } from "@/ui/audience";
import { Frame, Nothing } from "@/ui/panel";

export function AudienceTab({ view }: { view: CampaignSummary }) {
  const name = (view.spec as { audience?: string }).audience;
  if (name) return <AudienceParts name={name} />;
  return (
    <Frame title="Audience">
      <Nothing>This campaign has no audience: it is for everybody, or others ran it.</Nothing>
    </Frame>
  );
}
