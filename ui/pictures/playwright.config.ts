import base from "../playwright.config";

export default { ...base, testDir: ".", globalSetup: "../stories/stand.ts", outputDir: "../test-results", timeout: 120_000, projects: undefined, workers: 1 };
