// An empty install: the first admin, then three ways to begin.
import { expect, test } from "@playwright/test";
import { enter, expectNoFaults, PASSWORD, settled, setupLink, url } from "./at";

test("the token of the folder makes the first admin, and only once", async ({ page }) => {
  await page.goto(url("EMPTY"));
  await expect(page).toHaveURL(/\/setup$/);
  await expect(page.getByRole("heading", { name: "Set up this server" })).toBeVisible();
  await expectNoFaults(page);
  await page.getByLabel("Token of the server").fill("not the token");
  await page.getByLabel("Name").fill("ada");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Make the first admin" }).click();
  await expect(page.getByRole("alert")).toContainText("not the token");
  await page.goto("about:blank");
  await page.goto(setupLink("EMPTY"));
  await expect(page).toHaveURL(/\/setup$/);
  await page.getByLabel("Name").fill("ada");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Make the first admin" }).click();
  await expect(page.getByText("There are three ways to begin")).toBeVisible();
  await expectNoFaults(page);
  const again = await page.request.post(`${url("EMPTY")}/v1/setup`, { data: { token: "x", name: "eve", password: PASSWORD } });
  expect(again.ok()).toBe(false);
});

test("who signs out has to sign in again, with the right password", async ({ page }) => {
  await enter(page, "EMPTY");
  await page.getByRole("button", { name: "Account of ada" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expectNoFaults(page);
  await page.getByLabel("Name").fill("ada");
  await page.getByLabel("Password").fill("wrong wrong wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("wrong");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Home" })).toBeVisible();
});

test("every page says what it lacks, and what to do about it", async ({ page }) => {
  await enter(page, "EMPTY");
  for (const [path, says] of Object.entries({
    "/loops": "There is no loop yet.",
    "/campaigns": "There is no campaign yet.",
    "/people": "Nobody is known yet.",
    "/live": "Nothing has come yet.",
    "/sources": "No source is connected yet",
    "/imports": "No row was rejected.",
    "/quality": "No tracking plan is applied",
    "/consent": "No gate was asked",
    "/requests": "Nobody has asked for anything yet.",
    "/sql": "No question is saved yet.",
    "/tokens": "There is no token yet.",
    "/campaigns/none": "No campaign of that name runs.",
    "/loops/none": "does not exist",
    "/people/nobody": "does not exist",
  })) {
    await page.goto(url("EMPTY") + path);
    await expect(page.getByText(says)).toBeVisible();
    await expectNoFaults(page);
  }
});

test("a file is imported, and its bad rows say why", async ({ page }) => {
  await enter(page, "EMPTY", "/imports");
  const text = 'customer,when,amount\nfinn,2026-01-05T10:00:00Z,10\n"grace, b",2026-01-06T10:00:00Z,20\nhugo,not a time,30\n';
  await page.getByLabel("CSV or JSON lines").setInputFiles({ name: "orders.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await expect(page.getByRole("cell", { name: "grace, b" })).toBeVisible();
  await page.getByLabel("Column with the time").selectOption("when");
  await page.getByLabel("Name of the event").fill("Order Imported");
  await page.getByRole("button", { name: "Plan" }).click();
  await expect(page.getByText("Applying it would do this:")).toBeVisible();
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("button", { name: "Import 3 rows" }).click();
  await expect(page.getByText("2 accepted, 1 rejected")).toBeVisible();
  await expect(page.getByRole("table", { name: "Rejected rows" })).toContainText("not_a_time");
  await expectNoFaults(page);
  await page.goto(`${url("EMPTY")}/people?q=grace`);
  await expect(page.getByRole("link", { name: "grace, b" })).toBeVisible();
});

test("JSON lines are imported under a mapping of their own", async ({ page }) => {
  await enter(page, "EMPTY", "/imports");
  const text = '{"id":"kim","sent":"2026-01-05T10:00:00Z","basket":{"sum":12}}\n\n{"id":"lea"\n';
  await page.getByLabel("CSV or JSON lines").setInputFiles({ name: "visits.jsonl", mimeType: "application/x-ndjson", buffer: Buffer.from(text) });
  await expect(page.getByRole("columnheader", { name: "basket.sum" })).toBeVisible();
  await page.getByLabel("Column with the time").selectOption("sent");
  await page.getByRole("button", { name: "Plan" }).click();
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("button", { name: "Import 2 rows" }).click();
  await expect(page.getByText("1 accepted, 1 rejected")).toBeVisible();
  await page.goto(`${url("EMPTY")}/people?q=kim`);
  await expect(page.getByRole("link", { name: "kim" })).toBeVisible();
});

test("the demo shop is loaded from the home page", async ({ page }) => {
  await enter(page, "EMPTY");
  await page.getByRole("button", { name: "Load the demo shop" }).click();
  await expect(page.getByRole("heading", { name: "The ring of repurchase" })).toBeVisible({ timeout: 60_000 });
  await settled(page);
  await page.getByRole("link", { name: "People", exact: true }).click();
  await expect(page.getByRole("link", { name: /^demo-/ }).first()).toBeVisible();
});

test("a source is connected, and its events are seen as they come", async ({ page }) => {
  await enter(page, "EMPTY", "/sources");
  await page.getByRole("button", { name: "Connect a source" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("kiosk");
  await page.getByRole("button", { name: "Make the source and its key" }).click();
  await expect(page.getByText("This is the write key of kiosk.")).toBeVisible();
  const writeKey = (await page.getByLabel("Write key of kiosk").textContent()) ?? "";
  await page.goto(`${url("EMPTY")}/live`);
  await expect(page.getByText("listening")).toBeVisible();
  const batch = [{ type: "track", userId: "iris", event: "Kiosk Touched" }, { type: "track", event: "By Nobody" }];
  await page.request.post(`${url("EMPTY")}/v1/batch`, { data: { writeKey, batch } });
  await expect(page.getByText("Kiosk Touched").first()).toBeVisible();
  await expect(page.getByRole("table", { name: "Rejected events and rows" })).toContainText("no_user_anon_id");
  await expectNoFaults(page);
});
