// The frame of a page: its name, where it lies, and what can be done.
import type { ReactNode } from "react";

interface Props {
  title: string;
  lead?: ReactNode;
  above?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, lead, above, actions, children }: Props) {
  return (
    <div className="mx-auto flex w-full max-w-7xl flex-col gap-5 p-4 md:p-6">
      <title>{`${title} · Gyre`}</title>
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div className="min-w-0">
          {above && <p className="mb-1 text-xs text-muted">{above}</p>}
          <h1 className="text-xl font-semibold break-words">{title}</h1>
          {lead && <p className="mt-1 max-w-4xl text-muted">{lead}</p>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
