// A new source: a name, a type, and a key that is made here.
import { useState } from "react";
import { useApply } from "@/api/resources";
import { newKey, sourceFile } from "@/features/sources/snippet";
import { Button } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";

const TYPES = { server: "A server: its key is secret, what it says is trusted", browser: "A browser: everybody can read its key" };

export function NewSource({ onDone }: { onDone: () => void }) {
  const [name, setName] = useState("");
  const [type, setType] = useState("server");
  const apply = useApply();
  const make = () => apply.mutate({ files: [sourceFile(name, type, newKey(name))] }, { onSuccess: onDone });
  return (
    <form action={make} className="flex flex-col gap-3 p-4">
      <TextField label="Name" value={name} onChange={(event) => setName(event.target.value)} pattern="[a-z][a-z0-9_]*" title="Lower-case letters, digits and _, a letter first" placeholder="shop" autoComplete="off" required />
      <SelectField label="Type" value={type} onChange={(event) => setType(event.target.value)}>
        {Object.entries(TYPES).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
      </SelectField>
      {apply.error && <Failure error={apply.error} />}
      <Button type="submit" look="main" disabled={apply.isPending}>
        Make the source and its key
      </Button>
    </form>
  );
}
