// Tabs that stand in the address: a link to one, and the back button works.
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

interface Props<T extends string> {
  label: string;
  tabs: Record<T, string>;
  chosen: T;
  onChoose: (tab: T) => void;
  children: ReactNode;
}

export function Tabs<T extends string>({ label, tabs, chosen, onChoose, children }: Props<T>) {
  return (
    <Base.Root value={chosen} onValueChange={(value) => onChoose(value as T)} className="flex flex-col gap-5">
      <Base.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {(Object.keys(tabs) as T[]).map((tab) => (
          <Base.Tab
            key={tab}
            value={tab}
            className="-mb-px border-b-2 border-transparent px-3 py-2 whitespace-nowrap text-muted data-[active]:border-accent data-[active]:font-medium data-[active]:text-ink"
          >
            {tabs[tab]}
          </Base.Tab>
        ))}
      </Base.List>
      <Base.Panel value={chosen} className="flex flex-col gap-5" tabIndex={-1}>
        {children}
      </Base.Panel>
    </Base.Root>
  );
}
