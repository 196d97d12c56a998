// Fields of forms: a label, a control, and what is to be said about it.
import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes, TextareaHTMLAttributes } from "react";
import { useId } from "react";

const CONTROL =
  "min-h-8 min-w-0 rounded-md border border-line bg-surface px-2 py-1 text-sm text-ink placeholder:text-muted disabled:opacity-60 file:mr-3 file:rounded file:border-0 file:bg-sunken file:px-2 file:py-0.5 file:text-ink";

interface Labelled {
  label: string;
  hint?: ReactNode;
  /** The label is read, not seen. */
  hidden?: boolean;
}

function Frame({ label, hint, hidden, id, children }: Labelled & { id: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className={hidden ? "sr-only" : "text-sm font-medium"}>
        {label}
      </label>
      {children}
      {hint && <p className="text-xs text-muted">{hint}</p>}
    </div>
  );
}

export function TextField({ label, hint, hidden, className = "", ...rest }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Frame {...{ label, hint, hidden, id }}>
      <input id={id} className={`${CONTROL} ${className}`} {...rest} />
    </Frame>
  );
}

export function SelectField({ label, hint, hidden, className = "", ...rest }: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Frame {...{ label, hint, hidden, id }}>
      <select id={id} className={`${CONTROL} ${className}`} {...rest} />
    </Frame>
  );
}

export function CodeField({ label, hint, hidden, className = "", ...rest }: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Frame {...{ label, hint, hidden, id }}>
      <textarea id={id} spellCheck={false} className={`${CONTROL} font-mono leading-5 ${className}`} {...rest} />
    </Frame>
  );
}
