import { defineConfig } from "@playwright/test";

// The stories run against servers that stories/stand.ts starts and fills; one at a time, because they tell
// one story after another. What takes long is waited for: on a busy machine a count may take a minute.
export default defineConfig({
  testDir: "stories",
  workers: 1,
  fullyParallel: false,
  timeout: 240_000,
  expect: { timeout: 90_000 },
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
