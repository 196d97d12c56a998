// The kill switch: nothing of the campaign is decided or sent any more, until it is switched on again.
import { useState } from "react";
import { useApply, useResource } from "@/api/resources";
import { useMay } from "@/api/session";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { words } from "@/ui/format";
import { Failure } from "@/ui/panel";
import { asFile } from "@/ui/yaml";

export function KillSwitch({ campaign }: { campaign: string }) {
  const running = useResource("Campaign", campaign).data?.versions.at(-1);
  const apply = useApply();
  const may = useMay("write");
  const [asking, setAsking] = useState(false);
  if (!may || !running) return null;
  const spec = running.spec as { switched_off?: boolean };
  const off = spec.switched_off === true;
  const turn = () => {
    const file = asFile({ ...running, spec: { ...spec, switched_off: !off } });
    apply.mutate({ files: [file] }, { onSuccess: () => setAsking(false) });
  };
  const title = off ? `Switch ${words(campaign)} on again?` : `Switch ${words(campaign)} off?`;
  return (
    <>
      <Button look={off ? "main" : "bad"} onClick={() => setAsking(true)}>
        {off ? "Switch the campaign on" : "Switch the campaign off"}
      </Button>
      <Dialog open={asking} onClose={() => setAsking(false)} title={title}>
        <div className="flex flex-col gap-3 p-4">
          <p>
            {off
              ? "It decides and sends again from now on, with the weights it had."
              : "Nothing of it is decided or sent from this moment on. What was already handed to a channel cannot be called back. Its history stays."}
          </p>
          {apply.error && <Failure error={apply.error} />}
          <div className="flex gap-2">
            <Button look={off ? "main" : "bad"} onClick={turn} disabled={apply.isPending}>
              {off ? "Switch on" : "Switch off"}
            </Button>
            <Button onClick={() => setAsking(false)}>Leave it as it is</Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
