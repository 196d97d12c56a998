// A metric of one's own is defined and asked; a board becomes a report, a number an alert.
import { expect, test } from "@playwright/test";
import { enter, expectNoFaults, settled } from "./at";

test("a metric is defined in the catalogue, and asked at once", async ({ page }) => {
  await enter(page, "SHOP", "/metrics?tab=catalogue");
  await settled(page);
  await page.getByRole("button", { name: "Define a metric" }).click();
  await page.getByLabel("Label", { exact: true }).fill("Shoppers who ordered");
  await page.getByLabel("It is", { exact: true }).selectOption("people");
  await page.getByLabel("Event", { exact: true }).fill("Order Completed");
  await page.getByLabel("What it is", { exact: true }).fill("People with an order.");
  await page.getByRole("button", { name: "Make the document" }).click();
  await page.getByRole("button", { name: "Plan" }).click();
  await expect(page.getByText("Applying it would do this:")).toBeVisible();
  await page.getByRole("button", { name: "Apply" }).click();
  const shown = page.getByRole("region", { name: "Shoppers who ordered", exact: true });
  await expect(shown).toContainText("count distinct");
  await expect(shown).toContainText("People with an order.");
  await expectNoFaults(page);
  await shown.getByRole("button", { name: "Explore" }).click();
  await expect(page).toHaveURL(/m=shoppers_who_ordered/);
  await settled(page);
  await expect(shown.first().locator("p").filter({ hasText: /^[\d,]+$/ })).toBeVisible();
  // What cannot be computed is refused where it stands.
  await page.getByRole("tab", { name: "Catalogue" }).click();
  await page.getByRole("button", { name: "Define a metric" }).click();
  await page.getByLabel("Label", { exact: true }).fill("Half of nothing");
  await page.getByLabel("It is", { exact: true }).selectOption("derived");
  await page.getByLabel("Expression", { exact: true }).fill("nothing / 2");
  await page.getByRole("button", { name: "Make the document" }).click();
  await page.getByRole("button", { name: "Plan" }).click();
  await expect(page.getByRole("alert")).toContainText("nothing");
  // What was typed stands there still, to be mended.
  await expect(page.getByLabel("It is", { exact: true })).toHaveValue("derived");
  await expect(page.getByLabel("Expression", { exact: true })).toHaveValue("nothing / 2");
  await page.getByLabel("Label", { exact: true }).fill("Orders");
  await page.getByRole("button", { name: "Make the document" }).click();
  await expect(page.getByRole("alert").first()).toContainText("There is a metric orders.");
});

test("a board becomes a report: previewed, and sent at once", async ({ page }) => {
  await enter(page, "SHOP", "/boards/data_quality?range=7d");
  await page.getByRole("link", { name: "Send as a mail …" }).click();
  await expect(page.getByRole("combobox", { name: "Board" })).toHaveValue("data_quality");
  await page.getByLabel("Title", { exact: true }).fill("Quality on Monday");
  await page.getByLabel("To", { exact: true }).fill("team@example.com, boss@example.com");
  await page.getByRole("button", { name: "Make the document" }).click();
  // It is sent as it was looked at.
  await expect(page.getByLabel("Text of report-quality_on_monday.yaml")).toHaveValue(/range:\n {4}type: rolling\n {4}n: 7\n/);
  await page.getByRole("button", { name: "Plan" }).click();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("Applied: Report quality_on_monday, version 1")).toBeVisible();
  await page.getByRole("region", { name: "Reports", exact: true }).getByRole("button", { name: "Quality on Monday" }).click();
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByLabel("The report as text")).toContainText("Report quality_on_monday, weekly");
  await expectNoFaults(page);
  await page.getByRole("button", { name: "Send now" }).click();
  // Nobody receives the mails of these stories any more, so it cannot have arrived.
  await expect(page.getByText(/^The mail to 2 addresses: (waiting|failed)$/)).toBeVisible();
});

test("a number becomes an alert", async ({ page }) => {
  await enter(page, "SHOP", "/metrics?m=orders&range=7d");
  await settled(page);
  await page.getByRole("link", { name: "Alert me …" }).click();
  await expect(page.getByRole("combobox", { name: "Metric" })).toHaveValue("orders");
  await page.getByLabel("Title", { exact: true }).fill("Few orders");
  await page.getByLabel("To", { exact: true }).fill("ops@example.com");
  await page.getByLabel("Value", { exact: true }).fill("20");
  await page.getByRole("button", { name: "Make the document" }).click();
  await page.getByRole("button", { name: "Plan" }).click();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("region", { name: "Alerts", exact: true }).first()).toContainText("orders below 20");
  await page.getByRole("button", { name: "Few orders" }).click();
  await expect(page.getByText("Nothing was sent yet.")).toBeVisible();
});
