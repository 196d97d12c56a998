// What stands around every page.
import { Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useChanges } from "@/shell/changes";
import { Find } from "@/shell/find";
import { Side } from "@/shell/side";
import { Top } from "@/shell/top";
import { Dialog } from "@/ui/dialog";

function useShortcut(open: () => void) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      open();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [open]);
}

export function Shell() {
  const [finding, setFinding] = useState(false);
  const [menu, setMenu] = useState(false);
  // One stream a tab: the live page has its own, and tells the rest what it hears.
  useChanges(useLocation({ select: ({ pathname }) => pathname !== "/live" }));
  useShortcut(() => setFinding(true));
  return (
    <div className="flex min-h-screen">
      <a href="#page" className="sr-only z-50 bg-surface p-3 focus:not-sr-only focus:fixed">
        To the page
      </a>
      <aside className="hidden w-56 shrink-0 border-r border-line bg-surface md:block">
        <div className="sticky top-0 max-h-screen overflow-y-auto">
          <Side />
        </div>
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <Top onMenu={() => setMenu(true)} onFind={() => setFinding(true)} />
        <main id="page" tabIndex={-1} className="outline-none">
          <Outlet />
        </main>
      </div>
      <Dialog open={menu} onClose={() => setMenu(false)} title="Navigation" side>
        <Side onGo={() => setMenu(false)} />
      </Dialog>
      <Find open={finding} onClose={() => setFinding(false)} />
    </div>
  );
}
