// A rule is tried on everybody before it is saved, then saved, and its audience is looked at.
import { expect, test } from "@playwright/test";
import { enter, expectNoFaults, settled } from "./at";

test("a rule is tried, compared, saved and looked at", async ({ page }) => {
  await enter(page, "SHOP", "/audiences");
  await settled(page);
  await expect(page.getByRole("region", { name: "Audiences", exact: true })).toContainText("person.orders > 0");
  const customers = await page.getByRole("row", { name: /^customers / }).getByRole("cell").nth(1).textContent();
  await page.getByLabel("Rule", { exact: true }).fill("person.orders > 0");
  await page.getByLabel("Compare with").selectOption("due");
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.getByText("It holds for")).toBeVisible();
  // The same rule as that of an audience holds for as many.
  await expect(page.getByRole("status").filter({ hasText: "It holds for" })).toContainText(customers ?? "none");
  await expect(page.getByRole("region", { name: "Whom it shares" })).toContainText("and in due");
  await expect(page).toHaveURL(/rule=person/);
  await expectNoFaults(page);
  await page.getByLabel("Save it as").fill("Bought once");
  await page.getByRole("button", { name: "Plan" }).click();
  await expect(page.getByText("Applying it would do this:")).toBeVisible();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("Audience bought_once, version 1")).toBeVisible();
  await page.goto(new URL("/audiences/bought_once", page.url()).href);
  await settled(page);
  await expect(page.getByRole("region", { name: "Who came into bought once and left it" })).toBeVisible();
});

test("a rule that cannot be is refused where it stands", async ({ page }) => {
  await enter(page, "SHOP", "/audiences");
  await page.getByLabel("Rule", { exact: true }).fill("person.order > 0");
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.getByRole("alert")).toContainText("did you mean person.orders?");
});
