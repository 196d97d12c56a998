// A new source: a name, a kind, and its first key.
import { useState } from "react";
import { useCreateSource } from "@/api/sources";
import { Made } from "@/features/sources/made";
import { Button } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";

const KINDS = {
  server: "A server: its key is secret, what it says is trusted",
  browser: "A browser: everybody can read its key",
  mobile: "An app: everybody can read its key",
  webhook: "Another system that calls",
  import: "Files",
  connector: "Programs that read another system",
};

/** Origins as they are typed, one a line or with commas between. */
export const origins = (text: string) => text.split(/[\s,]+/).filter(Boolean);

export function NewSource() {
  const [name, setName] = useState("");
  const [type, setType] = useState("server");
  const [from, setFrom] = useState("");
  const create = useCreateSource();
  if (create.data) return <Made made={create.data} />;
  return (
    <form action={() => create.mutate({ name, type, origins: type === "browser" ? origins(from) : [] })} className="flex flex-col gap-3 p-4">
      <TextField label="Name" value={name} onChange={(event) => setName(event.target.value)} pattern="[a-z][a-z0-9_]*" title="Lower-case letters, digits and _, a letter first" placeholder="shop" autoComplete="off" required />
      <SelectField label="Kind" value={type} onChange={(event) => setType(event.target.value)}>
        {Object.entries(KINDS).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
      </SelectField>
      {type === "browser" && (
        <TextField label="Only from pages of" hint="Origins, with commas between; from anywhere if empty" value={from} onChange={(event) => setFrom(event.target.value)} placeholder="https://www.example.com" autoComplete="off" />
      )}
      {create.error && <Failure error={create.error} />}
      <Button type="submit" look="main" disabled={create.isPending}>
        Make the source and its key
      </Button>
    </form>
  );
}
