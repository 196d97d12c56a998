// All audiences and lifecycles; a rule is tried on everybody before it is saved.
import { Link } from "@tanstack/react-router";
import { useAudienceSizes } from "@/api/campaigns";
import { useResources } from "@/api/resources";
import { useMay } from "@/api/session";
import { Stages } from "@/features/audiences/stages";
import { Try } from "@/features/audiences/try";
import { Badge } from "@/ui/badge";
import { count, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

const ruleOf = (spec: unknown) => (spec as { rule?: string }).rule ?? "";
const isMacro = (spec: unknown) => (spec as { macro?: boolean }).macro === true;
const lasting = (spec: unknown) => (spec as { for?: string }).for;

export function AudiencesPage() {
  const audiences = useResources("Audience");
  const sizes = useAudienceSizes();
  // A rule may be so narrow that its size tells of one person.
  const mayTry = useMay("people");
  const sizeOf = (name: string) => (sizes.data ? count(sizes.data.audiences[name]?.at(-1)?.people ?? 0) : "…");
  return (
    <Page title="Audiences" lead="People for whom a rule holds, from the moment it does until it no longer does.">
      <Panel
        title="All audiences" query={audiences}
        empty={({ resources }) => (resources.length === 0 ? <Nothing>There is no audience yet. Try a rule below, and save it.</Nothing> : null)}
      >
        {({ resources }) => (
          <Table
            caption="Audiences" rows={resources} id={({ name }) => name}
            columns={[
              { head: "Audience", cell: ({ name }) => <Link to="/audiences/$name" params={{ name }} className="text-accent underline">{words(name)}</Link> },
              { head: "People now", number: true, cell: ({ name }) => sizeOf(name) },
              { head: "Kind", cell: ({ spec }) => (isMacro(spec) ? <Badge>macro segment</Badge> : lasting(spec) ? <Badge>moment of {lasting(spec)}</Badge> : "audience") },
              { head: "Rule", long: true, cell: ({ spec }) => <code className="font-mono text-xs break-words whitespace-normal">{ruleOf(spec)}</code> },
            ]}
          />
        )}
      </Panel>
      {mayTry && <Try names={(audiences.data?.resources ?? []).map(({ name }) => name)} />}
      <Stages />
    </Page>
  );
}
