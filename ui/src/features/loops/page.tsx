// One loop: its ring, its turns, what each changed and why, and what waits for approval.
import { getRouteApi, Link } from "@tanstack/react-router";
import { useLoop, type LoopView } from "@/api/loops";
import { Changes } from "@/features/loops/changes";
import { Evidence } from "@/features/loops/evidence";
import { KillSwitch } from "@/features/loops/kill-switch";
import { TurnsPanel } from "@/features/loops/turns";
import { Badge } from "@/ui/badge";
import { date, span, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Loaded } from "@/ui/panel";
import { Ring } from "@/ui/ring-panel";
import { Tabs } from "@/ui/tabs";

const route = getRouteApi("/app/loops/$name");
const TABS = { turns: "Turns", changes: "Changes and proposals", evidence: "What was learnt" };

interface Spec {
  campaign?: string;
  cadence?: string;
  holdout?: { share?: number; receives?: string };
  autonomy?: { mode?: string };
}

const spec = ({ spec }: LoopView) => spec as Spec;

function Lead({ view }: { view: LoopView }) {
  const { campaign = "", cadence, holdout, autonomy } = spec(view);
  return (
    <>
      Works through <Link className="underline" to="/campaigns/$name" params={{ name: campaign }}>{words(campaign)}</Link>, every {span(cadence)},
      with {Math.round((holdout?.share ?? 0) * 100)} % held out. Turn {view.next_turn} is due on {date(view.next_turn_at)}.{" "}
      <Badge>{autonomy?.mode === "auto" ? "changes apply by themselves" : "changes wait for approval"}</Badge>
    </>
  );
}

export function LoopPage() {
  const { name } = route.useParams();
  const { tab = "turns" } = route.useSearch();
  const navigate = route.useNavigate();
  const loop = useLoop(name);
  const view = loop.data;
  const choose = (next: keyof typeof TABS) => void navigate({ search: (before) => ({ ...before, tab: next }) });
  return (
    <Page
      title={words(name)}
      above={<Link to="/loops">Loops</Link>}
      lead={view && <Lead view={view} />}
      actions={view && <KillSwitch campaign={spec(view).campaign ?? ""} />}
    >
      <Loaded query={loop} height="h-96">
        {(view) => (
          <Tabs label="Parts of the loop" tabs={TABS} chosen={tab} onChoose={choose}>
            {tab === "turns" && (
              <>
                <TurnsPanel view={view} />
                <Ring loop={name} />
              </>
            )}
            {tab === "changes" && <Changes view={view} />}
            {tab === "evidence" && <Evidence view={view} />}
          </Tabs>
        )}
      </Loaded>
    </Page>
  );
}
