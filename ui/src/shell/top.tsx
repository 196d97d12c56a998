// The bar above every page: workspace, period and comparison, freshness, finding, theme, who is here.
import { getRouteApi, useLocation, useNavigate } from "@tanstack/react-router";
import { useWorkspaces } from "@/api/server";
import { Account } from "@/shell/account";
import { Freshness } from "@/shell/freshness";
import { Button } from "@/ui/button";
import { SelectField } from "@/ui/field";
import { PERIODS, type Compare, type PeriodName } from "@/ui/period";
import { useTheme } from "@/ui/theme";

const root = getRouteApi("__root__");

/** Pages with a period of their own, or none. */
const OWN = /^\/(boards|metrics|notices)(\/|$)/;

function Choices() {
  const { ws = "main", period = "all", compare = "none" } = root.useSearch();
  const navigate = useNavigate();
  const own = useLocation({ select: ({ pathname }) => OWN.test(pathname) });
  const workspaces = useWorkspaces().data?.workspaces ?? [ws];
  const set = (change: { ws?: string; period?: PeriodName; compare?: Compare }) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...change }) });
  // Everything that was read is of the other workspace, so the page is begun anew.
  const enter = (name: string) => window.location.assign(name === "main" ? "/" : `/?ws=${encodeURIComponent(name)}`);
  return (
    <>
      {workspaces.length > 1 && (
        <SelectField label="Workspace" hidden value={ws} onChange={(event) => enter(event.target.value)}>
          {workspaces.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
      )}
      {!own && <SelectField
        label="Period"
        hidden
        value={period}
        onChange={(event) => set({ period: event.target.value === "all" ? undefined : (event.target.value as PeriodName) })}
      >
        {Object.entries(PERIODS).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </SelectField>}
      {!own && period !== "all" && (
        <SelectField
          label="Compared with"
          hidden
          className="max-w-28 sm:max-w-none"
          value={compare}
          onChange={(event) => set({ compare: event.target.value === "previous" ? "previous" : undefined })}
        >
          <option value="none">no comparison</option>
          <option value="previous">vs. before</option>
        </SelectField>
      )}
    </>
  );
}

export function Top({ onMenu, onFind }: { onMenu: () => void; onFind: () => void }) {
  const [theme, setTheme] = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <header className="sticky top-0 z-30 flex flex-wrap items-center gap-2 border-b border-line bg-surface px-2 py-2 sm:px-4">
      <Button look="quiet" className="md:hidden" onClick={onMenu} aria-label="Open the navigation">
        ☰
      </Button>
      <Choices />
      <Freshness />
      <div className="ml-auto flex items-center gap-1">
        <Button onClick={onFind} aria-keyshortcuts="Control+K Meta+K">
          <span className="sr-only sm:not-sr-only">Find</span>
          <span className="sm:hidden" aria-hidden="true">⌕</span> <kbd className="hidden rounded border border-line px-1 font-mono text-xs text-muted sm:inline">Ctrl K</kbd>
        </Button>
        <Button look="quiet" onClick={() => setTheme(other)} aria-label={`Switch to the ${other} theme`}>
          {theme === "dark" ? "☀" : "☾"}
        </Button>
        <Account />
      </div>
    </header>
  );
}
