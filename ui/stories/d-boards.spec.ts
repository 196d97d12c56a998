// Boards lead somewhere: from a campaign to how it is set up, from an audience to whom it holds, from a
// content to what it says, from a number to the same question; and what is chosen stands in the address.
import { expect, test } from "@playwright/test";
import { enter, expectNoFaults, settled } from "./at";

test.describe.configure({ mode: "serial" });

const BOARD = "/boards/campaign_performance?range=90d";

test("a campaign leads to its configuration, an audience to its definition, a content to its metadata", async ({ page }) => {
  await enter(page, "SHOP", BOARD);
  await settled(page);
  const region = (name: string) => page.getByRole("region", { name, exact: true });
  await region("Campaigns").last().getByRole("link", { name: "win back", exact: true }).click();
  await expect(page.getByRole("tab", { name: "Configuration" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("heading", { name: "As it runs" })).toBeVisible();

  await page.goBack();
  await settled(page);
  await region("Audiences").last().getByRole("link", { name: "due", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "due" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Definition" })).toBeVisible();
  await expect(page.getByText("In “due” now")).toBeVisible();

  await page.goBack();
  await settled(page);
  await region("Content").last().getByRole("link", { name: "reminder email", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Metadata" })).toBeVisible();
  await expect(page.getByTitle(/^E-mail: /).or(page.getByText("Subject")).first()).toBeVisible();
});

test("a number leads to the same question in Explore, and nothing is typed on the way", async ({ page }) => {
  await enter(page, "SHOP", `${BOARD}&where=channel%3Demail`);
  await settled(page);
  const cell = page.getByRole("link", { name: /^Reach of win back: / });
  const said = (await cell.textContent())?.trim() ?? "";
  expect(said).toMatch(/^[\d,]+$/);
  await cell.click();
  await expect(page).toHaveURL(/\/metrics\?.*m=reach/);
  await settled(page);
  // Filtered alike, the whole of the question is the number that was clicked.
  await expect(page.getByRole("list", { name: "What is asked" })).toContainText("channel is email");
  await expect(page.getByRole("list", { name: "What is asked" })).toContainText("campaign is win_back");
  await expect(page.getByRole("region", { name: "Reach", exact: true }).first()).toContainText(said);
  await page.getByText("About this number").first().click();
  await page.getByText("SQL", { exact: true }).first().click();
  await expect(page.locator("pre").filter({ hasText: "SELECT" }).first()).toBeVisible();
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  expect((await file).suggestedFilename()).toBe("metrics.csv");
});

test("what no row fits says which filter did it, and one click takes it away", async ({ page }) => {
  await enter(page, "SHOP", `${BOARD}&where=channel%3Dpigeon`);
  await settled(page);
  await expect(page.getByText("No rows for these filters.").first()).toBeVisible();
  await page.getByRole("button", { name: "Without the filter on channel" }).first().click();
  await expect(page).not.toHaveURL(/pigeon/);
  await settled(page);
  await expect(page.getByRole("link", { name: /^Reach of win back: / })).toBeVisible();
});

test("what never had data says what it needs", async ({ page }) => {
  await enter(page, "SHOP", "/boards/channel_roi?range=90d");
  await settled(page);
  const spend = page.getByRole("region", { name: "Ad spend over time" });
  await expect(spend).toContainText("There was never any data for this.");
  await expect(spend.getByRole("link", { name: "Import a file" })).toBeVisible();
});

test("a funnel is picked step by step with the keyboard", async ({ page }) => {
  await enter(page, "SHOP", "/metrics?tab=funnel&range=12mo&window=14d");
  await settled(page);
  const add = page.getByLabel("Add a step");
  await expect(add.locator("option", { hasText: "Message Clicked" })).toHaveCount(1);
  await add.focus();
  await add.selectOption("Message Clicked");
  await add.selectOption("Order Completed");
  await settled(page);
  const rows = page.getByRole("region", { name: "Funnel: Message Clicked, Order Completed" }).getByRole("row");
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText("100.0 %");
  await expect(page).toHaveURL(/steps=Message/);
});

test("a board is saved as one's own, noted on, and changed as a document", async ({ page }) => {
  await enter(page, "SHOP", "/boards/fulfilment?range=90d");
  await settled(page);
  await page.getByRole("button", { name: "Save as …" }).click();
  await page.getByLabel("Title").fill("Warehouse");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page).toHaveURL(/\/boards\/warehouse/);
  await expect(page.getByRole("heading", { level: 1, name: "Warehouse" })).toBeVisible();
  await page.getByRole("button", { name: "Note what happened …" }).click();
  await expectNoFaults(page);
  await page.getByRole("textbox", { name: "What happened" }).fill("The carrier was on strike");
  await page.getByLabel("When, in UTC").fill("2026-01-20T09:00");
  await page.getByRole("button", { name: "Note it" }).click();
  await settled(page);
  await page.getByText(/^What happened at the/).first().click();
  await expect(page.getByText(/The carrier was on strike/).first()).toBeVisible();
  await page.getByRole("tab", { name: "Document" }).click();
  const text = page.getByLabel("Text of board-warehouse.yaml");
  await expect(text).toHaveValue(/carrier was on strike/);
  await text.fill((await text.inputValue()).replace("title: Warehouse", "titel: Warehouse"));
  await page.getByRole("button", { name: "Plan" }).click();
  await expect(page.getByText("did you mean `title`?")).toBeVisible();
  await page.goto(new URL("/boards", page.url()).href);
  await expect(page.getByRole("region", { name: "Your own" })).toContainText("Warehouse");
});

test("every chart has its numbers as a table", async ({ page }) => {
  await enter(page, "SHOP", "/boards/executive?range=90d");
  await settled(page);
  const revenue = page.getByRole("region", { name: "Revenue over time" });
  await expect(revenue.getByRole("img").last()).toHaveAccessibleName(/^Revenue over time by week\. One line\. .* from [\d,.]+ \(/);
  await revenue.getByRole("button", { name: "Show as a table" }).click();
  expect(await revenue.getByRole("row").count()).toBeGreaterThan(5);
});
