// Noting on a board what happened: an incident, a holiday, a price. It stands on every series over time.
import { useState } from "react";
import type { Board } from "@/api/boards";
import { useApply } from "@/api/resources";
import { useStatus } from "@/api/server";
import { noted } from "@/features/boards/document";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";

export function NoteDialog({ board }: { board: Board }) {
  const [open, setOpen] = useState(false);
  const apply = useApply();
  const now = useStatus().data?.now;
  const note = (form: FormData) => {
    const [at, title] = [String(form.get("at")), String(form.get("title")).trim()];
    if (at === "" || title === "") return;
    const text = noted(board.yaml, `${at}:00Z`, title);
    apply.mutate({ files: [{ name: `board-${board.name}.yaml`, text }] }, { onSuccess: () => setOpen(false) });
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>Note what happened …</Button>
      <Dialog open={open} onClose={() => setOpen(false)} title="Note what happened">
        <form action={note} className="flex flex-col gap-3 p-4">
          <TextField label="What happened" name="title" required autoFocus placeholder="The payment provider was down" />
          <TextField label="When, in UTC" name="at" type="datetime-local" required defaultValue={now?.slice(0, 16)} />
          <p className="text-xs text-muted">
            It stands at its day on the series of every board.{board.built_in && !board.edited && " This built-in board is kept as one of your own from then on."}
          </p>
          {apply.error && <Failure error={apply.error} />}
          <div><Button look="main" type="submit" disabled={apply.isPending}>Note it</Button></div>
        </form>
      </Dialog>
    </>
  );
}
