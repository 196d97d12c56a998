// Data quality: plans, violations, and the programs that bring data.
import { Connectors } from "@/features/quality/connectors";
import { Columns, Plans, Violations } from "@/features/quality/plans";
import { useMay } from "@/api/session";
import { Page } from "@/ui/page";

export function QualityPage() {
  const query = useMay("query");
  return (
    <Page title="Data quality" lead="What events should look like, what did not, what was mended, and what other systems bring.">
      <Plans />
      <Columns />
      {query && <Violations />}
      <Connectors />
    </Page>
  );
}
