// Approving and rejecting: a rejection needs a reason, so that the next reader knows.
import { useState } from "react";
import { useDecideProposal, type Proposal } from "@/api/loops";
import { useMay } from "@/api/session";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";

export function Decide({ proposal: { id, turn } }: { proposal: Proposal }) {
  const decide = useDecideProposal();
  const [reason, setReason] = useState("");
  const may = useMay("write");
  if (!may) return <p className="text-muted">Your role does not decide on proposals.</p>;
  const say = (approve: boolean) => decide.mutate({ id, approve, reason: reason.trim() });
  return (
    <div className="flex flex-col gap-3 rounded-md bg-sunken p-3">
      <TextField
        label={`Reason for your decision on turn ${turn}`}
        hint="Needed to reject, welcome when you approve."
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {decide.error && <Failure error={decide.error} />}
      <div className="flex gap-2">
        <Button look="main" onClick={() => say(true)} disabled={decide.isPending}>
          Approve
        </Button>
        <Button look="bad" onClick={() => say(false)} disabled={decide.isPending || reason.trim() === ""}>
          Reject
        </Button>
      </div>
    </div>
  );
}
