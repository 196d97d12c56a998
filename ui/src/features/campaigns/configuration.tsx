// The configuration of a campaign: its versions, what differs between them, and editing with a plan.
import { useState } from "react";
import { useResource, type Resource } from "@/api/resources";
import { useMay } from "@/api/session";
import { CampaignForm } from "@/features/campaigns/form";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { DiffTable } from "@/ui/diff-table";
import { dateTime, words } from "@/ui/format";
import { Frame, Panel } from "@/ui/panel";

const by = (name: string) => (name.startsWith("loop:") ? `the loop ${words(name.slice(5))}` : name);

/** What of a version differs from one before: both halves, people's and the loop's. */
const halves = (version: Resource | undefined) => version && { spec: version.spec, managed: version.managed };

function Versions({ versions }: { versions: Resource[] }) {
  const [open, setOpen] = useState<number | null>(null);
  return (
    <ol className="flex flex-col gap-2">
      {versions.toReversed().map((version) => {
        const before = versions.find((one) => one.version === version.version - 1);
        const isOpen = open === version.version;
        return (
          <li key={version.version} className="rounded-md border border-line p-3">
            <div className="flex flex-wrap items-center gap-2">
              <b>Version {version.version}</b>
              <Badge tone={version.by.startsWith("loop:") ? "accent" : "plain"}>{by(version.by)}</Badge>
              <span className="text-muted">{dateTime(version.at)}</span>
              <Button look="quiet" className="ml-auto" aria-expanded={isOpen} onClick={() => setOpen(isOpen ? null : version.version)}>
                {isOpen ? "Hide" : before ? `What differs from version ${before.version}` : "What it began with"}
              </Button>
            </div>
            {isOpen && (
              <div className="mt-3">
                <DiffTable caption={`What version ${version.version} changed`} before={halves(before)} after={halves(version)} hide={/^managed\.turn$/} />
              </div>
            )}
          </li>
        );
      })}
    </ol>
  );
}

export function Configuration({ name }: { name: string }) {
  const history = useResource("Campaign", name);
  const may = useMay("write");
  return (
    <>
      <Panel title="As it runs" query={history} note="What people own. The weights belong to the loop; applying a file never undoes a turn.">
        {({ versions }) => {
          const last = versions.at(-1);
          // A new version is another text to begin with.
          return last && <CampaignForm key={last.version} version={last} readOnly={!may} />;
        }}
      </Panel>
      <Frame title="Versions">
        {history.data && <Versions versions={history.data.versions} />}
      </Frame>
    </>
  );
}
