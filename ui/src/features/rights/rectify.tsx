// What is to be put right about somebody: a trait, an identifier, or both.
import type { Asked } from "@/api/rights";
import { TextField } from "@/ui/field";

export interface Wrong {
  trait: string;
  value: string;
  wrong: string;
  right: string;
}

export const NOTHING_WRONG: Wrong = { trait: "", value: "", wrong: "", right: "" };

/** What is asked for; what has no right value is taken away. */
export function corrections({ trait, value, wrong, right }: Wrong): NonNullable<Asked["corrections"]> {
  const named = trait.trim();
  const bad = wrong.trim();
  return [
    ...(named ? [value.trim() ? { set: { trait: named, value: value.trim() } } : { remove: { trait: named } }] : []),
    ...(bad ? [right.trim() ? { replace: { wrong: bad, right: right.trim() } } : { drop: { wrong: bad } }] : []),
  ];
}

export function RectifyFields({ value, onChange }: { value: Wrong; onChange: (value: Wrong) => void }) {
  const field = (name: keyof Wrong) => ({
    value: value[name],
    onChange: (event: { target: { value: string } }) => onChange({ ...value, [name]: event.target.value }),
    autoComplete: "off",
  });
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="text-sm font-medium">What is wrong</legend>
      <TextField label="Trait" hint="For example country, or address.city" {...field("trait")} />
      <TextField label="Its right value" hint="Without one, nothing that was said of the trait counts" {...field("value")} />
      <TextField label="Wrong identifier" hint="An address or phone number that is not theirs" {...field("wrong")} />
      <TextField label="Right identifier" hint="Without one, the wrong one only leaves the person" {...field("right")} />
    </fieldset>
  );
}
