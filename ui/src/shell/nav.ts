// What can be gone to, and what it takes to see it.
import type { Right } from "@/api/session";

export interface Place {
  to: "/" | "/loops" | "/campaigns" | "/audiences" | "/people" | "/live" | "/sources" | "/imports" | "/sql" | "/boards" | "/notices" | "/metrics" | "/quality" | "/consent" | "/requests" | "/users" | "/tokens";
  name: string;
  right: Right;
  /** Other words that people look for. */
  words: string;
}

export const PLACES: readonly { group: string; places: readonly Place[] }[] = [
  {
    group: "The loop",
    places: [
      { to: "/", name: "Home", right: "read", words: "start overview ring" },
      { to: "/loops", name: "Loops", right: "read", words: "turns lift holdout proposals" },
      { to: "/campaigns", name: "Campaigns", right: "read", words: "performance audience content yaml" },
      { to: "/audiences", name: "Audiences", right: "read", words: "segments rules preview size overlap lifecycle stages" },
      { to: "/boards", name: "Boards", right: "read", words: "reports dashboards kpi executive retention roi funnel" },
      { to: "/metrics", name: "Metrics", right: "read", words: "explore catalogue numbers funnel retention cohorts kpi" },
      { to: "/notices", name: "Reports & alerts", right: "read", words: "mail schedule notify watch threshold" },
      { to: "/people", name: "People", right: "people", words: "customers search timeline consent why" },
    ],
  },
  {
    group: "Data",
    places: [
      { to: "/live", name: "Live events", right: "people", words: "tail stream rejected dead letters" },
      { to: "/sources", name: "Sources", right: "read", words: "write keys snippet connect" },
      { to: "/imports", name: "Imports", right: "write", words: "csv file upload" },
      { to: "/quality", name: "Data quality", right: "read", words: "tracking plan schema violations connectors taps" },
      { to: "/sql", name: "SQL console", right: "query", words: "query lake export" },
    ],
  },
  {
    group: "Govern",
    places: [
      { to: "/consent", name: "Consent", right: "read", words: "gates ledger purposes privacy" },
      { to: "/requests", name: "Subject requests", right: "people", words: "dsar gdpr erase erasure export access restrict rights" },
    ],
  },
  {
    group: "Settings",
    places: [
      { to: "/users", name: "Users", right: "admin", words: "roles passwords" },
      { to: "/tokens", name: "API tokens", right: "admin", words: "keys programs" },
    ],
  },
];

/** The groups that somebody with these rights sees. */
export const visible = (rights: readonly Right[]) =>
  PLACES.map(({ group, places }) => ({ group, places: places.filter(({ right }) => rights.includes(right)) })).filter(
    ({ places }) => places.length > 0,
  );
