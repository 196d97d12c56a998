// Every page, in both themes, wide and narrow: axe finds nothing, nothing is wider than the screen, the
// console is quiet. With GYRE_SHOTS a picture of each is kept.
import { expect, test, type Page } from "@playwright/test";
import { enter, expectNoFaults, settled } from "./at";

const PAGES = {
  home: "/?period=28d&compare=previous",
  loops: "/loops",
  loop: "/loops/repurchase",
  changes: "/loops/repurchase?tab=changes",
  evidence: "/loops/repurchase?tab=evidence",
  campaigns: "/campaigns",
  performance: "/campaigns/win_back",
  configuration: "/campaigns/win_back?tab=configuration",
  audience: "/campaigns/win_back?tab=audience",
  content: "/campaigns/win_back?tab=content",
  people: "/people",
  live: "/live",
  sources: "/sources",
  quality: "/quality",
  consent: "/consent",
  requests: "/requests",
  imports: "/imports",
  sql: "/sql",
  metrics: "/metrics?m=reach,ctr&by=campaign&grain=week&range=90d&with=previous_period",
  funnel: "/metrics?tab=funnel&steps=Message%20Shown%7CMessage%20Clicked%7COrder%20Completed&range=12mo&window=14d",
  retention: "/metrics?tab=retention&unit=week&range=12mo",
  catalogue: "/metrics?tab=catalogue&metric=ctr",
  define: "/metrics?tab=catalogue&define=yes",
  notices: "/notices",
  new_report: "/notices?make=report&of=executive",
  new_alert: "/notices?make=alert&of=orders",
  boards: "/boards",
  board_campaigns: "/boards/campaign_performance?range=90d&with=previous_period,previous_year",
  board_content: "/boards/channel_content?range=90d",
  board_audiences: "/boards/audience_understanding?range=90d",
  board_executive: "/boards/executive?range=90d&with=previous_period",
  board_retention: "/boards/retention_ltv",
  board_roi: "/boards/channel_roi?range=90d",
  board_lifecycle: "/boards/lifecycle?range=90d",
  board_fulfilment: "/boards/fulfilment?range=90d",
  board_quality: "/boards/data_quality?range=90d&where=source%3Dshop",
  board_document: "/boards/executive?tab=document",
  audiences: "/audiences",
  audience_page: "/audiences/due",
  content_page: "/contents/reminder_email",
  users: "/users",
  tokens: "/tokens",
  nowhere: "/nowhere",
};

// They change nothing, so two are looked at at once.
test.describe.configure({ mode: "parallel" });

const shots = process.env["GYRE_SHOTS"];

/** Through the button, so that nothing is loaded anew and charts change their colours where they stand. */
async function choose(page: Page, theme: string) {
  if ((await page.locator("html").getAttribute("data-theme")) === theme) return;
  await page.getByRole("button", { name: `Switch to the ${theme} theme` }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
}

/** The page as it stands, in both themes, wide and narrow. */
async function look(page: Page, name: string) {
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: width > 800 ? 900 : 844 });
    for (const theme of ["light", "dark"]) {
      await choose(page, theme);
      await settled(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide, `${name} at ${width} is wider than the screen`).toBeLessThanOrEqual(0);
      if (shots) await page.screenshot({ path: `${shots}/${name}-${width}-${theme}.png`, fullPage: true });
      // What is narrow is dark in the same colours.
      if (width > 800 || theme === "light") await expectNoFaults(page);
    }
  }
}

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name} in both themes`, async ({ page }) => {
    const said: string[] = [];
    page.on("console", (message) => message.type() === "error" && !message.text().includes("404") && said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    await enter(page, "SHOP", path);
    await settled(page);
    await look(page, name);
    expect(said).toEqual([]);
  });
}

test("a person and a decision in both themes", async ({ page }) => {
  await enter(page, "SHOP", "/people");
  await page.getByRole("link", { name: /customer-/ }).first().click();
  await expect(page.getByRole("heading", { name: "Identity", exact: true })).toBeVisible();
  await settled(page);
  await look(page, "person");
  await page.getByRole("link", { name: /^Why/ }).first().click();
  await expect(page.getByRole("heading", { name: "Candidates" })).toBeVisible();
  await look(page, "decision");
});
