// The parts of a campaign that are changed most, as a form. What it makes is the same YAML, and is
// planned and applied the same way.
import { useState } from "react";
import { useResources, type Resource } from "@/api/resources";
import { Editor } from "@/ui/editor";
import { SelectField, TextField } from "@/ui/field";
import { asYaml } from "@/ui/yaml";

type Spec = Record<string, unknown>;

interface Choice {
  key: string;
  label: string;
  kind: string;
}

const CHOICES: Choice[] = [
  { key: "audience", label: "Audience", kind: "Audience" },
  { key: "policy", label: "Decision policy", kind: "DecisionPolicy" },
  { key: "contact_policy", label: "Contact policy", kind: "ContactPolicy" },
];

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** The spec with one key changed; an empty value takes the key out. */
export function changed(spec: Spec, key: string, value: string | boolean): Spec {
  if (value !== "") return { ...spec, [key]: value };
  return Object.fromEntries(Object.entries(spec).filter(([name]) => name !== key));
}

function Choose({ choice: { key, label, kind }, spec, onChange }: { choice: Choice; spec: Spec; onChange: (spec: Spec) => void }) {
  const names = useResources(kind).data?.resources.map(({ name }) => name) ?? [];
  const chosen = text(spec[key]);
  const all = names.includes(chosen) ? names : [chosen, ...names];
  return (
    <SelectField label={label} value={chosen} onChange={(event) => onChange(changed(spec, key, event.target.value))}>
      {all.map((name) => (
        <option key={name} value={name}>
          {name === "" ? "none" : name}
        </option>
      ))}
    </SelectField>
  );
}

export function CampaignForm({ version, readOnly }: { version: Resource; readOnly: boolean }) {
  const [spec, setSpec] = useState(version.spec as Spec);
  const variants = (spec["variants"] as { name: string }[] | undefined) ?? [];
  const made = asYaml({ ...version, spec });
  return (
    <div className="flex flex-col gap-4">
      {!readOnly && (
        <fieldset className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
          <legend className="sr-only">What is changed most</legend>
          {CHOICES.map((choice) => (
            <Choose key={choice.key} choice={choice} spec={spec} onChange={setSpec} />
          ))}
          <SelectField label="Control" value={text(spec["control"])} onChange={(event) => setSpec(changed(spec, "control", event.target.value))}>
            <option value="">none</option>
            {variants.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </SelectField>
          <TextField label="Response window" hint="For example 14d" value={text(spec["window"])} onChange={(event) => setSpec(changed(spec, "window", event.target.value))} />
          <SelectField label="Running" value={String(spec["switched_off"] === true)} onChange={(event) => setSpec(changed(spec, "switched_off", event.target.value === "true"))}>
            <option value="false">yes</option>
            <option value="true">no, switched off</option>
          </SelectField>
        </fieldset>
      )}
      <Editor key={made} file={`campaign-${version.name}.yaml`} text={made} readOnly={readOnly} />
    </div>
  );
}
