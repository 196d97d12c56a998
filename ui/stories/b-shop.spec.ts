// A shop whose loop has turned: what it caused, what it changed, and why.
import { expect, test } from "@playwright/test";
import { enter, expectNoFaults, settled, url } from "./at";

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
  await expect(page.getByRole("heading", { name: "Identity", exact: true })).toBeVisible();
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
