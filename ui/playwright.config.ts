import { defineConfig } from "@playwright/test";

// The stories run against two servers that stories/stand.ts starts and fills; one at a time on each, because
// one story follows another. What takes long is waited for: on a busy machine a count may take a minute.
export default defineConfig({
  testDir: "stories",
  // What begins on an empty server knows nothing of the shop; the pages are looked at once its stories are over.
  projects: [
    { name: "first run", testMatch: "a-*.spec.ts" },
    { name: "shop", testMatch: "b-*.spec.ts" },
    { name: "people", testMatch: "c-*.spec.ts", dependencies: ["shop"] },
    { name: "pages", testMatch: "d-*.spec.ts", dependencies: ["people"] },
    { name: "speed", testMatch: "e-*.spec.ts", dependencies: ["pages", "first run"] },
  ],
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env["CI"]),
  timeout: 600_000,
  expect: { timeout: 240_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  globalSetup: "./stories/stand.ts",
  use: {
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env["GYRE_CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
});
