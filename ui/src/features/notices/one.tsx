// One report or alert: what was sent, and its document.
import type { ReactNode } from "react";
import type { Mailing } from "@/api/notices";
import { Mailings } from "@/features/notices/said";
import { Button } from "@/ui/button";
import { Frame } from "@/ui/panel";
import { ResourceEditor } from "@/ui/resource-editor";

interface Props {
  kind: "Report" | "Alert";
  name: string;
  title: string;
  why: string | null | undefined;
  mailings: readonly Mailing[];
  onClose: () => void;
  children?: ReactNode;
}

export function One({ kind, name, title, why, mailings, onClose, children }: Props) {
  return (
    <Frame title={title} note={<code>{name}</code>} aside={<Button onClick={onClose}>Close</Button>}>
      <div className="flex flex-col gap-4">
        {why && <p className="text-warn">{why}</p>}
        {children}
        <Mailings mailings={mailings} />
        <ResourceEditor kind={kind} name={name} />
      </div>
    </Frame>
  );
}
