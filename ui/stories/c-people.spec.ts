// Who may do what with the same shop: stopping it, asking of it, looking at it, and by the keyboard alone.
import { expect, test } from "@playwright/test";
import { enter, PASSWORD, settled, url } from "./at";

test("the kill switch stops the campaign, and lets it go on", async ({ page }) => {
  await enter(page, "SHOP", "/loops/repurchase");
  await page.getByRole("button", { name: "Switch the campaign off" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByRole("button", { name: "Switch the campaign on" })).toBeVisible();
  await page.goto(`${url("SHOP")}/campaigns`);
  await expect(page.getByText("switched off")).toBeVisible();
  await page.goto(`${url("SHOP")}/loops/repurchase`);
  await page.getByRole("button", { name: "Switch the campaign on" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Switch on" }).click();
  await expect(page.getByRole("button", { name: "Switch the campaign off" })).toBeVisible();
});

test("a question is saved, found again and exported", async ({ page }) => {
  await enter(page, "SHOP", "/sql");
  await page.getByLabel("SQL", { exact: true }).fill("select kind, count(*) as n from events group by kind order by kind");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByRole("cell", { name: "track" })).toBeVisible();
  await page.getByLabel("Save this question as").fill("events by kind");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("button", { name: "events by kind", exact: true })).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  expect((await download).suggestedFilename()).toBe("rows.csv");
});

test("a viewer sees the loop, and neither people nor anything that changes", async ({ page, browser }) => {
  await enter(page, "SHOP", "/users");
  await page.getByRole("button", { name: "Add a user" }).click();
  await page.getByLabel("Name", { exact: true }).fill("vera");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Add the user" }).click();
  await expect(page.getByRole("cell", { name: "vera", exact: true })).toBeVisible();
  const other = await (await browser.newContext()).newPage();
  await other.request.post(`${url("SHOP")}/v1/session`, { data: { name: "vera", password: PASSWORD } });
  await other.goto(`${url("SHOP")}/loops/repurchase`);
  await expect(other.getByRole("heading", { name: "Lift, turn by turn" })).toBeVisible();
  await expect(other.getByRole("link", { name: "People", exact: true })).toHaveCount(0);
  await expect(other.getByRole("button", { name: "Switch the campaign off" })).toHaveCount(0);
  const people = await other.request.get(`${url("SHOP")}/v1/people`);
  expect(people.status()).toBe(403);
  const apply = await other.request.post(`${url("SHOP")}/v1/apply`, { data: { files: [] } });
  expect(apply.status()).toBe(403);
});

test("a token is shown once, works, and is revoked", async ({ page, playwright }) => {
  await enter(page, "SHOP", "/tokens");
  await page.getByRole("button", { name: "Make a token" }).first().click();
  await page.getByLabel("What it is for").fill("nightly");
  await page.getByRole("button", { name: "Make the token" }).click();
  const token = (await page.getByLabel("API token", { exact: true }).textContent()) ?? "";
  const program = await playwright.request.newContext({ extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  expect((await program.get(`${url("SHOP")}/v1/loops`)).status()).toBe(200);
  expect((await program.get(`${url("SHOP")}/v1/users`)).status()).toBe(403);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Revoke nightly" }).click();
  await expect(page.getByText("There is no token yet")).toBeVisible();
  expect((await program.get(`${url("SHOP")}/v1/loops`)).status()).toBe(401);
});

test("dark mode and a loop, by the keyboard alone", async ({ page }) => {
  await enter(page, "SHOP");
  await settled(page);
  await page.evaluate(() => document.documentElement.focus());
  const name = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  for (let step = 0; step < 60 && !(await name()).startsWith("Switch to the dark"); step += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("repur");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "repurchase", level: 1 })).toBeVisible();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});
