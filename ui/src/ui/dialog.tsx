// A dialog over the page; the keyboard stays in it and comes back.
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** From the side, for navigation on small screens. */
  side?: boolean;
}

const MIDDLE = "top-[12vh] left-1/2 w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 rounded-lg border";
const SIDE = "inset-y-0 left-0 w-64 border-r";

export function Dialog({ open, onClose, title, children, side }: Props) {
  return (
    <Base.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/40" />
        <Base.Popup
          className={`fixed z-50 max-h-[80vh] overflow-y-auto border-line bg-surface text-ink shadow-xl ${side ? `${SIDE} !max-h-none` : MIDDLE}`}
        >
          <Base.Title className={side ? "sr-only" : "border-b border-line px-4 py-3 font-semibold"}>{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
