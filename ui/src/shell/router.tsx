// Every page: its address, what may stand in it, and the piece of code it comes in.
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect, retainSearchParams,
} from "@tanstack/react-router";
import { sessionQuery } from "@/api/session";
import { Broken, Missing } from "@/shell/missing";
import { readBoard, readCampaign, readLoop, readMetrics, readNotices } from "@/shell/searches";
import { Shell } from "@/shell/shell";
import { readShared } from "@/ui/search";
import { text } from "@/ui/text";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  validateSearch: readShared,
  search: { middlewares: [retainSearchParams(["ws", "period", "compare"])] },
  notFoundComponent: Missing,
  errorComponent: Broken,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "sign-in",
  validateSearch: (search: Record<string, unknown>) => ({ to: text(search["to"]) }) as { to?: string },
  component: lazyRouteComponent(() => import("@/features/access/sign-in"), "SignInPage"),
});

const setUp = createRoute({
  getParentRoute: () => root,
  path: "setup",
  component: lazyRouteComponent(() => import("@/features/access/set-up"), "SetUpPage"),
});

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (session.setup_needed) throw redirect({ to: "/setup" });
    if (!session.user) throw redirect({ to: "/sign-in", search: { to: location.href } });
  },
  component: Shell,
});

const under = () => app;

const pages = [
  createRoute({ getParentRoute: under, path: "/", component: lazyRouteComponent(() => import("@/features/start/page"), "HomePage") }),
  createRoute({ getParentRoute: under, path: "loops", component: lazyRouteComponent(() => import("@/features/loops/list"), "LoopsPage") }),
  createRoute({
    getParentRoute: under,
    path: "loops/$name",
    validateSearch: readLoop,
    component: lazyRouteComponent(() => import("@/features/loops/page"), "LoopPage"),
  }),
  createRoute({ getParentRoute: under, path: "campaigns", component: lazyRouteComponent(() => import("@/features/campaigns/list"), "CampaignsPage") }),
  createRoute({
    getParentRoute: under,
    path: "campaigns/$name",
    validateSearch: readCampaign,
    component: lazyRouteComponent(() => import("@/features/campaigns/page"), "CampaignPage"),
  }),
  createRoute({
    getParentRoute: under,
    path: "people",
    validateSearch: (search: Record<string, unknown>) => ({ q: text(search["q"]) }) as { q?: string },
    component: lazyRouteComponent(() => import("@/features/people/search"), "PeoplePage"),
  }),
  createRoute({ getParentRoute: under, path: "people/$id", component: lazyRouteComponent(() => import("@/features/people/page"), "PersonPage") }),
  createRoute({ getParentRoute: under, path: "decisions/$id", component: lazyRouteComponent(() => import("@/features/people/decision"), "DecisionPage") }),
  createRoute({ getParentRoute: under, path: "live", component: lazyRouteComponent(() => import("@/features/live/page"), "LivePage") }),
  createRoute({ getParentRoute: under, path: "sources", component: lazyRouteComponent(() => import("@/features/sources/page"), "SourcesPage") }),
  createRoute({ getParentRoute: under, path: "quality", component: lazyRouteComponent(() => import("@/features/quality/page"), "QualityPage") }),
  createRoute({ getParentRoute: under, path: "consent", component: lazyRouteComponent(() => import("@/features/consent/page"), "ConsentPage") }),
  createRoute({ getParentRoute: under, path: "requests", component: lazyRouteComponent(() => import("@/features/rights/page"), "RightsPage") }),
  createRoute({ getParentRoute: under, path: "imports", component: lazyRouteComponent(() => import("@/features/imports/page"), "ImportsPage") }),
  createRoute({
    getParentRoute: under,
    path: "sql",
    validateSearch: (search: Record<string, unknown>) => ({ sql: text(search["sql"]), parameters: text(search["parameters"]), gate: text(search["gate"]) }) as { sql?: string; parameters?: string; gate?: string },
    component: lazyRouteComponent(() => import("@/features/sql/page"), "SqlPage"),
  }),
  createRoute({
    getParentRoute: under,
    path: "metrics",
    validateSearch: readMetrics,
    component: lazyRouteComponent(() => import("@/features/metrics/page"), "MetricsPage"),
  }),
  createRoute({
    getParentRoute: under,
    path: "notices",
    validateSearch: readNotices,
    component: lazyRouteComponent(() => import("@/features/notices/page"), "NoticesPage"),
  }),
  createRoute({ getParentRoute: under, path: "boards", component: lazyRouteComponent(() => import("@/features/boards/list"), "BoardsPage") }),
  createRoute({
    getParentRoute: under,
    path: "boards/$name",
    validateSearch: readBoard,
    component: lazyRouteComponent(() => import("@/features/boards/page"), "BoardPage"),
  }),
  createRoute({
    getParentRoute: under,
    path: "audiences",
    validateSearch: (search: Record<string, unknown>) => ({ rule: text(search["rule"]), overlap: text(search["overlap"]) }) as { rule?: string; overlap?: string },
    component: lazyRouteComponent(() => import("@/features/audiences/list"), "AudiencesPage"),
  }),
  createRoute({ getParentRoute: under, path: "audiences/$name", component: lazyRouteComponent(() => import("@/features/audiences/page"), "AudiencePage") }),
  createRoute({ getParentRoute: under, path: "contents/$name", component: lazyRouteComponent(() => import("@/features/contents/page"), "ContentPage") }),
  createRoute({ getParentRoute: under, path: "users", component: lazyRouteComponent(() => import("@/features/access/users"), "UsersPage") }),
  // Inside the shell, so that there is a way on.
  createRoute({ getParentRoute: under, path: "$", component: Missing }),
  createRoute({ getParentRoute: under, path: "tokens", component: lazyRouteComponent(() => import("@/features/access/tokens"), "TokensPage") }),
] as const;

export const makeRouter = (queries: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([signIn, setUp, app.addChildren([...pages])]),
    context: { queries },
    defaultPreload: "intent",
    defaultErrorComponent: Broken,
    scrollRestoration: true,
    defaultPendingMs: 200,
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
