// What people may ask about their own data, and what keys may do: setting apart, exporting, erasing, taking back.
import { expect, test, type Page } from "@playwright/test";
import { enter, expectNoFaults, settled, url } from "./at";

/** A source of this name with a key that was just made; events are sent with it. */
async function source(page: Page, name: string) {
  const made = await page.request.post(`${url("EMPTY")}/v1/sources`, { data: { name, type: "server" } });
  expect(made.ok(), await made.text()).toBe(true);
  const { key } = (await made.json()) as { key: string };
  return async (events: unknown[]) => {
    const sent = await page.request.post(`${url("EMPTY")}/v1/batch`, { data: { writeKey: key, batch: events } });
    expect(await sent.json()).toMatchObject({ rejected: [] });
  };
}

test("a key is replaced and taken back", async ({ page }) => {
  await enter(page, "EMPTY", "/sources");
  await (await source(page, "till"))([{ type: "track", userId: "tilda", event: "Till Rung" }]);
  await page.reload();
  const card = page.getByRole("region", { name: "till", exact: true });
  await expect(card.getByText("1 event in 1 request")).toBeVisible();
  await card.getByRole("button", { name: "New key for till" }).click();
  await page.getByLabel("The keys made before").selectOption("stop working at once");
  await page.getByRole("button", { name: "Make a new key" }).click();
  const key = (await page.getByLabel("Write key of till", { exact: true }).textContent()) ?? "";
  await expect(page.getByRole("dialog")).toContainText(key);
  await expectNoFaults(page);
  await page.keyboard.press("Escape");
  const answer = await page.request.post(`${url("EMPTY")}/v1/track`, { data: { writeKey: key, userId: "tilda", event: "Till Rung" } });
  expect(answer.status()).toBe(200);
  await card.getByRole("button", { name: /^Take back key/ }).click();
  await expect(card.getByText("It has no key, so nobody can send.")).toBeVisible();
  const late = await page.request.post(`${url("EMPTY")}/v1/track`, { data: { writeKey: key, userId: "tilda", event: "Till Rung" } });
  expect(late.status()).toBe(401);
});

test("two identifiers are set apart, and may be one person again", async ({ page }) => {
  await enter(page, "EMPTY");
  const send = await source(page, "tablets");
  await send([
    { type: "identify", userId: "tom", anonymousId: "tablet-1", traits: { email: "tom@example.com" } },
    { type: "track", userId: "tom", anonymousId: "tablet-1", event: "Tablet Touched" },
  ]);
  await page.goto(`${url("EMPTY")}/people/tom`);
  const links = page.getByRole("table", { name: "Links between identifiers" });
  await expect(links.getByText("tablet-1").first()).toBeVisible();
  await links.getByRole("row").filter({ hasText: "tablet-1" }).getByRole("button", { name: "Not one person" }).click();
  await page.getByLabel("Why").fill("the tablet in the shop");
  await page.getByRole("button", { name: "Set apart" }).click();
  await expect(page.getByRole("table", { name: "Set apart" })).toContainText("tablet-1");
  await expect(page.getByRole("table", { name: "Identifiers", exact: true })).not.toContainText("tablet-1");
  await expectNoFaults(page);
  await page.getByRole("button", { name: "Lift" }).click();
  await expect(page.getByRole("table", { name: "Identifiers", exact: true })).toContainText("tablet-1");
});

test("somebody asks what is known of them, and to be forgotten", async ({ page }) => {
  await enter(page, "EMPTY", "/requests");
  await (await source(page, "desk"))([{ type: "identify", userId: "gus", traits: { email: "gus@example.com", email_consent: true } }]);
  await page.goto(`${url("EMPTY")}/people/gus`);
  await expect(page.getByRole("table", { name: "Consent by topic" })).toContainText("contact by email");
  await page.goto(`${url("EMPTY")}/requests`);
  await expect(page.getByRole("table", { name: "Retention by family of records" })).toContainText("4000d");
  await page.getByRole("button", { name: "Write a request down" }).first().click();
  await page.getByLabel("About whom").fill("gus@example.com");
  await page.getByLabel("Your own number for it").fill("T-1");
  await page.getByRole("dialog").getByRole("button", { name: "Write it down" }).click();
  const row = (text: string) => page.getByRole("row").filter({ hasText: text });
  await expect(row("T-1").getByRole("link", { name: /^Fetch/ })).toBeVisible({ timeout: 30_000 });
  await page.getByRole("button", { name: "Write a request down" }).first().click();
  await page.getByLabel("What is asked").selectOption("erase");
  await page.getByLabel("About whom").fill("gus@example.com");
  await page.getByLabel("Your own number for it").fill("T-2");
  await page.getByLabel("Type erase to be sure").fill("erase");
  await page.getByRole("dialog").getByRole("button", { name: "Write it down" }).click();
  await expect(row("T-2").getByRole("link", { name: "Certificate" })).toBeVisible({ timeout: 60_000 });
  await settled(page);
  await expectNoFaults(page);
  await page.goto(`${url("EMPTY")}/people/gus`);
  await expect(page.getByText("does not exist")).toBeVisible();
});

test("the ledger of consent is walked, and a plan is made from what comes in", async ({ page }) => {
  await enter(page, "EMPTY", "/consent");
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText("whole", { exact: true })).toBeVisible();
  await page.goto(`${url("EMPTY")}/quality`);
  await page.getByRole("button", { name: "Make one from what comes in" }).click();
  await expect(page.getByLabel("A plan made from what comes in")).toContainText("kind: TrackingPlan");
  await expectNoFaults(page);
});

test("a property that a plan promotes is a column for SQL", async ({ page }) => {
  await enter(page, "EMPTY");
  const send = await source(page, "checkout");
  const text = "apiVersion: gyre/v1\nkind: TrackingPlan\nmetadata: {name: checkout}\nspec:\n  events:\n    Basket Paid:\n      properties:\n        total: {type: number, promote: true, description: What was paid}\n";
  const applied = await page.request.post(`${url("EMPTY")}/v1/apply`, { data: { files: [{ name: "plan.yaml", text }] } });
  expect(applied.ok(), await applied.text()).toBe(true);
  await send([{ type: "track", userId: "tilda", event: "Basket Paid", properties: { total: 41.5 } }, { type: "track", userId: "tilda", event: "Basket Paid", properties: { total: "much" } }]);
  await page.goto(`${url("EMPTY")}/quality`);
  await expect(page.getByRole("table", { name: "Promoted columns" })).toContainText("events_basket_paid");
  await expect(page.getByRole("table", { name: "What tracking plans counted" })).toContainText("violation");
  await settled(page);
  await expectNoFaults(page);
  const query = await page.request.post(`${url("EMPTY")}/v1/query`, { data: { sql: "select max(total) as paid from events_basket_paid" } });
  expect(JSON.stringify(await query.json())).toContain("41.5");
});

test("what is wrong about somebody is put right", async ({ page }) => {
  await enter(page, "EMPTY");
  await (await source(page, "counter"))([{ type: "identify", userId: "ruth", traits: { email: "ruth@exmaple.com", first_name: "Rut" } }]);
  await page.goto(`${url("EMPTY")}/people/ruth`);
  await expect(page.getByRole("table", { name: "Identifiers", exact: true })).toContainText("ruth@exmaple.com");
  await page.goto(`${url("EMPTY")}/requests`);
  await page.getByRole("button", { name: "Write a request down" }).first().click();
  await page.getByLabel("What is asked").selectOption("rectify");
  await page.getByLabel("About whom").fill("ruth");
  await page.getByLabel("Your own number for it").fill("T-9");
  await page.getByLabel("Wrong identifier").fill("ruth@exmaple.com");
  await page.getByLabel("Right identifier").fill("ruth@example.com");
  await expectNoFaults(page);
  await page.getByRole("dialog").getByRole("button", { name: "Write it down" }).click();
  await expect(page.getByRole("row").filter({ hasText: "T-9" }).getByRole("link", { name: "Certificate" })).toBeVisible({ timeout: 30_000 });
  await page.goto(`${url("EMPTY")}/people/ruth`);
  await expect(page.getByRole("table", { name: "Identifiers", exact: true })).toContainText("ruth@example.com");
  await expect(page.getByRole("table", { name: "Identifiers", exact: true })).not.toContainText("exmaple");
});

test("the preference page speaks the reader's language, and what is chosen there holds", async ({ page, browser }) => {
  await enter(page, "EMPTY");
  await (await source(page, "letters"))([{ type: "identify", userId: "pia", traits: { email: "pia@example.com", email_consent: true } }]);
  await page.goto(`${url("EMPTY")}/people/pia`);
  const topics = page.getByRole("table", { name: "Consent by topic" });
  await expect(topics.getByRole("row").filter({ hasText: "contact by email" })).toContainText("granted");
  const view = (await (await page.request.get(`${url("EMPTY")}/v1/people/pia/consent`)).json()) as { preferences_url: string };
  const reader = await browser.newContext({ locale: "de-AT" });
  const letter = await reader.newPage();
  await letter.goto(view.preferences_url);
  await expect(letter.getByRole("heading", { level: 1 })).toHaveText("Ihre Einstellungen");
  await expectNoFaults(letter);
  await letter.getByRole("checkbox").first().uncheck();
  await letter.getByRole("button").first().press("Enter");
  await expect(letter.getByText("Ihre Einstellungen wurden gespeichert.")).toBeVisible();
  await expect(letter.getByRole("checkbox").first()).not.toBeChecked();
  await expectNoFaults(letter);
  await reader.close();
  await page.reload();
  await expect(topics.getByRole("row").filter({ hasText: "contact by email" })).toContainText("withdrawn");
});
