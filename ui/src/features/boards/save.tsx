// A board saved under another name, with the period it is looked at.
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import type { Board } from "@/api/boards";
import { useApply } from "@/api/resources";
import { renamed } from "@/features/boards/document";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";
import { rangeOf } from "@/ui/question";
import { nameFrom } from "@/ui/text";

const route = getRouteApi("/app/boards/$name");

export function SaveDialog({ board }: { board: Board }) {
  const [open, setOpen] = useState(false);
  const { range } = route.useSearch();
  const navigate = route.useNavigate();
  const apply = useApply();
  const save = (form: FormData) => {
    const title = String(form.get("title")).trim();
    const name = nameFrom(title);
    if (name === "") return;
    const text = renamed(board.yaml, name, title, range ? (rangeOf(range) ?? undefined) : undefined);
    const onSuccess = () => {
      setOpen(false);
      void navigate({ to: "/boards/$name", params: { name }, search: (before) => before });
    };
    apply.mutate({ files: [{ name: `board-${name}.yaml`, text }] }, { onSuccess });
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>Save as …</Button>
      <Dialog open={open} onClose={() => setOpen(false)} title="Save as a board of your own">
        <form action={save} className="flex flex-col gap-3 p-4">
          <TextField label="Title" name="title" required autoFocus defaultValue={`My ${board.spec.title.toLowerCase()}`} hint="It opens with the range you look at; filters stand in its link." />
          {apply.error && <Failure error={apply.error} />}
          <div><Button look="main" type="submit" disabled={apply.isPending}>Save</Button></div>
        </form>
      </Dialog>
    </>
  );
}
