// A request is written down: what is asked, and about whom.
import { useState } from "react";
import { useAsk } from "@/api/rights";
import { corrections, NOTHING_WRONG, RectifyFields } from "@/features/rights/rectify";
import { Button } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";

export const KINDS = {
  export: "Export: everything that is known of them",
  erase: "Erase: everywhere, and for good",
  restrict: "Restrict: keep it, use none of it",
  unrestrict: "Lift a restriction",
  lift: "Let an erased person come back",
  rectify: "Rectify: what is wrong about them",
} as const;

export type Kind = keyof typeof KINDS;

export function Ask({ onDone }: { onDone: () => void }) {
  const [kind, setKind] = useState<Kind>("export");
  const [identifier, setIdentifier] = useState("");
  const [reference, setReference] = useState("");
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(NOTHING_WRONG);
  const ask = useAsk();
  const right = kind === "rectify" ? corrections(wrong) : [];
  const sure = (kind !== "erase" || typed === "erase") && (kind !== "rectify" || right.length > 0);
  return (
    <form action={() => ask.mutate({ kind, identifier, reference: reference || null, corrections: right }, { onSuccess: onDone })} className="flex flex-col gap-3 p-4">
      <SelectField label="What is asked" value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
        {Object.entries(KINDS).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
      </SelectField>
      <TextField label="About whom" hint="A user id, an e-mail address or an anonymous id" value={identifier} onChange={(event) => setIdentifier(event.target.value)} autoComplete="off" required />
      <TextField label="Your own number for it" hint="Asking again with the same number is the same request" value={reference} onChange={(event) => setReference(event.target.value)} autoComplete="off" />
      {kind === "rectify" && <RectifyFields value={wrong} onChange={setWrong} />}
      {kind === "erase" && <TextField label="Type erase to be sure" value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" required />}
      {ask.error && <Failure error={ask.error} />}
      <Button type="submit" look={kind === "erase" ? "bad" : "main"} disabled={ask.isPending || !sure}>Write it down</Button>
    </form>
  );
}
