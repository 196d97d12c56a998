// A resource as YAML: edited, planned, and only then applied.
import { useState } from "react";
import { ApiError } from "@/api/client";
import { useApply, usePlan } from "@/api/resources";
import { Button } from "@/ui/button";
import { CodeField } from "@/ui/field";
import { Failure } from "@/ui/panel";

interface Props {
  file: string;
  text: string;
  readOnly?: boolean;
  /** What was applied; nothing where it had been before. */
  onDone?: (applied: readonly { kind: string; name: string }[]) => void;
}

/** What is wrong, line by line, as the command line says it. */
function Wrong({ error }: { error: Error }) {
  const text = error instanceof ApiError ? error.problem.text : null;
  if (!text) return <Failure error={error} />;
  return (
    <div role="alert" className="rounded-md bg-bad-soft p-3 text-bad">
      <p className="font-medium">It cannot be applied:</p>
      <pre className="overflow-x-auto font-mono text-xs whitespace-pre-wrap">{text}</pre>
    </div>
  );
}

export function Editor({ file, text: begun, readOnly, onDone }: Props) {
  const [text, setText] = useState(begun);
  const [known, setKnown] = useState(begun);
  const plan = usePlan();
  const apply = useApply();
  // What runs has changed: it is shown, unless somebody is in the middle of writing something else.
  if (known !== begun) {
    setKnown(begun);
    if (text === known || apply.isSuccess) setText(begun);
  }
  const files = [{ name: file, text }];
  const edit = (next: string) => {
    setText(next);
    // A plan is of the text it was made for.
    plan.reset();
    apply.reset();
  };
  const error = plan.error ?? apply.error;
  const lines = Math.min(30, Math.max(8, text.split("\n").length + 1));
  return (
    <div className="flex flex-col gap-3">
      <CodeField label={`Text of ${file}`} hidden rows={lines} value={text} readOnly={readOnly} onChange={(event) => edit(event.target.value)} />
      {error && <Wrong error={error} />}
      {plan.data && (
        <div role="status" className="rounded-md bg-sunken p-3">
          <p className="font-medium">{plan.data.changes ? "Applying it would do this:" : "Applying it would change nothing."}</p>
          {plan.data.changes && <pre className="overflow-x-auto font-mono text-xs">{plan.data.text}</pre>}
          {plan.data.warnings.map(({ message, line }) => (
            <p key={`${line} ${message}`} className="text-warn">Line {line}: {message}</p>
          ))}
        </div>
      )}
      {apply.data && <p role="status" className="text-good">Applied: {apply.data.applied.map(({ kind, name, version }) => `${kind} ${name}, version ${version}`).join("; ") || "nothing changed"}.</p>}
      {!readOnly && (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => plan.mutate({ files })} disabled={plan.isPending}>
            Plan
          </Button>
          {plan.data?.changes && (
            <Button look="main" onClick={() => apply.mutate({ files }, { onSuccess: ({ applied }) => onDone?.(applied) })} disabled={apply.isPending}>
              Apply
            </Button>
          )}
          {text !== begun && (
            <Button look="quiet" onClick={() => edit(begun)}>
              Back to what runs
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
