// A shop whose loop has turned: what it caused, what it changed, and why.
import { expect, test } from "@playwright/test";
import { enter, expectNoFaults, PASSWORD, settled, url } from "./at";

test("home shows the ring, and leads to the turn", async ({ page }) => {
  await enter(page, "SHOP");
  await expect(page.getByRole("heading", { name: "The ring of repurchase" })).toBeVisible();
  const collected = page.getByRole("link", { name: /1\. Collected/ });
  await expect(collected).toContainText(/[1-9][\d,]* ?events/);
  await page.getByRole("link", { name: /6\. Learnt/ }).click();
  await expect(page.getByRole("heading", { name: "repurchase", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "Show as a table" }).click();
  await expect(page.getByRole("row", { name: /^1 / }).first()).toBeVisible();
});

test("a proposal that waits is rejected, with a reason", async ({ page }) => {
  await enter(page, "SHOP");
  await expect(page.getByRole("heading", { name: /proposals? of repurchase waits? for you/ })).toBeVisible();
  await page.getByRole("link", { name: "Look and decide" }).last().click();
  const oldest = page.getByRole("region", { name: "Turn 1", exact: true });
  await expect(oldest.getByText("waits for you")).toBeVisible();
  await expect(oldest.getByRole("button", { name: "Reject" })).toBeDisabled();
  await expectNoFaults(page);
  await oldest.getByLabel(/Reason for your decision/).fill("one turn is too little");
  await oldest.getByRole("button", { name: "Reject" }).click();
  await expect(oldest.getByText("rejected", { exact: true })).toBeVisible();
  await expect(oldest).toContainText("“one turn is too little”");
  await expect(oldest.getByRole("button")).toHaveCount(0);
});

test("a proposal that waits is approved, and the campaign has a new version by ada", async ({ page }) => {
  await enter(page, "SHOP");
  await page.getByRole("link", { name: "Look and decide" }).first().click();
  const newest = page.getByRole("region", { name: /^Turn/ }).first();
  await newest.getByLabel(/Reason for your decision/).fill("the evidence is clear");
  await newest.getByRole("button", { name: "Approve" }).click();
  await expect(newest.getByText("in effect")).toBeVisible();
  await expect(newest).toContainText("“the evidence is clear”");
  await page.goto(`${url("SHOP")}/campaigns/win_back?tab=configuration`);
  const version = page.getByRole("listitem").filter({ hasText: /^Version/ }).first();
  await expect(version).toContainText("ada");
  await version.getByRole("button").click();
  await expect(page.getByText(/managed\.weights/).first()).toBeVisible();
});

test("the query behind a turn opens, and gives the turn's own figures", async ({ page }) => {
  await enter(page, "SHOP", "/loops/repurchase?tab=changes");
  await page.getByRole("link", { name: "Open the query “arms”" }).first().click();
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByRole("cell", { name: "holdout" })).toBeVisible();
  await expect(page.getByRole("cell", { name: "treated" })).toBeVisible();
});

test("from a campaign to its audience and what it says", async ({ page }) => {
  await enter(page, "SHOP", "/campaigns");
  await page.getByRole("link", { name: "win back" }).first().click();
  await expect(page.getByRole("heading", { name: "Variants" })).toBeVisible();
  await page.getByRole("tab", { name: "Audience" }).click();
  await expect(page.getByLabel(/Text of audience-due/)).toHaveValue(/person\.last_order_at/);
  await page.getByRole("tab", { name: "Content" }).click();
  await expect(page.getByText("Hello, are you running out?").first()).toBeVisible();
  await expect(page.frameLocator("iframe").first().getByText("WELCOME15")).toBeVisible();
  await page.getByLabel("Show it as this person would get it").fill("customer-00000");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/as=customer-00000/);
  await expect(page.getByText(/, are you running out\?/).first()).toBeVisible();
  await page.goBack();
  await page.goBack();
  await expect(page.getByRole("tab", { name: "Audience" })).toHaveAttribute("aria-selected", "true");
});

test("a mistake in YAML is refused with its line, and a change is planned before it is applied", async ({ page }) => {
  await enter(page, "SHOP", "/campaigns/win_back?tab=audience");
  const text = page.getByLabel(/Text of audience-due/);
  const begun = await text.inputValue();
  await text.fill(begun.replace("person.orders", "person.order"));
  await page.getByRole("button", { name: "Plan" }).click();
  await expect(page.getByRole("alert")).toContainText("did you mean");
  await text.fill(begun.replace("21 days", "22 days"));
  await page.getByRole("button", { name: "Plan" }).click();
  await expect(page.getByText("Applying it would do this:")).toBeVisible();
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(text).toHaveValue(/22 days/);
  await expect(page.getByText(/^Version 2, by ada/)).toBeVisible();
});

test("a campaign is changed in its form, and its plan says what would change", async ({ page }) => {
  await enter(page, "SHOP", "/campaigns/win_back?tab=configuration");
  await page.getByLabel("Response window").fill("21d");
  await expect(page.getByLabel(/Text of campaign-win_back/)).toHaveValue(/window: 21d/);
  await page.getByRole("button", { name: "Plan" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Applying it would do this:" })).toContainText("window");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: /^Version/ }).first().getByRole("button")).toBeVisible();
  await expect(page.getByLabel("Response window")).toHaveValue("21d");
});

test("why this message, and why not", async ({ page }) => {
  await enter(page, "SHOP", "/people");
  await page.getByLabel("Find people").fill("customer-0000");
  await page.getByRole("button", { name: "Find", exact: true }).click();
  await page.getByRole("link", { name: /customer-0000/ }).first().click();
  await expect(page.getByRole("heading", { name: "Identity" })).toBeVisible();
  await settled(page);
  await expect(page.getByText("joined").first()).toBeVisible();
  await page.getByRole("link", { name: /^Why/ }).first().click();
  await expect(page.getByRole("heading", { name: "Candidates" })).toBeVisible();
  await expect(page.getByRole("meter").first()).toBeVisible();
});

test("what cannot be read again is said to be old, until it can", async ({ page }) => {
  await enter(page, "SHOP", "/loops/repurchase");
  await expect(page.getByRole("link", { name: /1\. Collected/ })).toBeVisible();
  await page.route("**/v1/loops/repurchase/flow*", (route) => route.abort());
  const batch = [{ type: "track", userId: "customer-00000", event: "Page Seen" }];
  await page.request.post(`${url("SHOP")}/v1/batch`, { data: { writeKey: "shop-server-key-0001", batch } });
  const old = page.getByRole("status").filter({ hasText: "What stands here is old" });
  await expect(old).toBeVisible();
  await expect(page.getByRole("link", { name: /1\. Collected/ })).toBeVisible();
  await page.unroute("**/v1/loops/repurchase/flow*");
  await old.getByRole("button", { name: "Try again" }).click();
  await expect(old).toHaveCount(0);
});

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
