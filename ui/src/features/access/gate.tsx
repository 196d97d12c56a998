// The frame of the pages before anybody is signed in.
import type { ReactNode } from "react";

export const Gate = ({ title, lead, children }: { title: string; lead: ReactNode; children: ReactNode }) => (
  <main className="flex min-h-screen items-center justify-center p-4">
    <title>{`${title} · Gyre`}</title>
    <div className="w-full max-w-sm rounded-lg border border-line bg-surface p-6">
      <p className="mb-4 flex items-center gap-2 text-lg font-semibold">
        <img src="/favicon.svg" alt="" className="size-6" />
        Gyre
      </p>
      <h1 className="text-lg font-semibold">{title}</h1>
      <p className="mt-1 mb-4 text-muted">{lead}</p>
      {children}
    </div>
  </main>
);
