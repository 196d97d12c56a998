// Questions that were saved for everybody in the workspace.
import { useState } from "react";
import { useForgetQuery, useSavedQueries, useSaveQuery } from "@/api/lake";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { date } from "@/ui/format";
import { Failure, Nothing, Panel } from "@/ui/panel";

export function Saved({ sql, onOpen }: { sql: string; onOpen: (sql: string) => void }) {
  const saved = useSavedQueries();
  const keep = useSaveQuery();
  const forget = useForgetQuery();
  const [name, setName] = useState("");
  const submit = () => keep.mutate({ name, sql }, { onSuccess: () => setName("") });
  const none = <Nothing>No question is saved yet.</Nothing>;
  return (
    <Panel title="Saved questions" query={saved} height="h-20" note="for everybody in this workspace who may ask">
      {({ queries }) => (
        <div className="flex flex-col gap-3">
          {queries.length === 0 && none}
          <ul className="flex flex-col gap-1">
            {queries.map((one) => (
              <li key={one.name} className="flex flex-wrap items-center gap-2">
                <Button look="quiet" onClick={() => onOpen(one.sql)}>{one.name}</Button>
                <span className="text-xs text-muted">by {one.by}, {date(one.at)}</span>
                <Button look="quiet" className="ml-auto" onClick={() => forget.mutate(one.name)} aria-label={`Forget ${one.name}`}>Forget</Button>
              </li>
            ))}
          </ul>
          <form action={submit} className="flex flex-wrap items-end gap-2">
            <TextField label="Save this question as" value={name} onChange={(event) => setName(event.target.value)} maxLength={100} required />
            <Button type="submit" disabled={keep.isPending}>Save</Button>
          </form>
          {(keep.error ?? forget.error) && <Failure error={(keep.error ?? forget.error)!} />}
        </div>
      )}
    </Panel>
  );
}
