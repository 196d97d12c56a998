// What comes in by itself, and what was rejected: a connector that runs, a letter that is mended, rows behind a gate.
import { expect, test } from "@playwright/test";
import { enter, expectNoFaults, url } from "./at";

const DEALS = `apiVersion: gyre/v1
kind: Source
metadata: {name: deals}
spec: {type: connector}
---
apiVersion: gyre/v1
kind: Mapping
metadata: {name: deals}
spec:
  source: deals
  format: json
  row_id: {column: id}
  person: {email: {column: email}}
  at: {column: closed}
  records:
    - offline:
        kind: {value: deal_won}
        properties: {deal: {column: id}, amount: {column: amount, type: number}}
---
apiVersion: gyre/v1
kind: Connector
metadata: {name: deals}
spec:
  protocol: singer
  command: tap-deals
  streams: {deals: deals}
`;

test("a connector is run, and its log is read", async ({ page }) => {
  await enter(page, "EMPTY", "/quality");
  const applied = await page.request.post(`${url("EMPTY")}/v1/apply`, { data: { files: [{ name: "deals.yaml", text: DEALS }] } });
  expect(applied.ok(), await applied.text()).toBe(true);
  await page.reload();
  const row = page.getByRole("table", { name: "Connectors" }).getByRole("row").filter({ hasText: "deals" });
  await row.getByRole("button", { name: "Run deals" }).click();
  await expect(row).toContainText("done");
  await expect(row.getByRole("cell", { name: "2", exact: true })).toBeVisible();
  await row.getByRole("button", { name: "Log of deals" }).click();
  await expect(page.getByRole("dialog")).toContainText("INFO two deals were found");
  await expectNoFaults(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("what was rejected is mended by hand and collected", async ({ page }) => {
  await enter(page, "EMPTY", "/live");
  const made = await page.request.post(`${url("EMPTY")}/v1/sources`, { data: { name: "pavilion", type: "server" } });
  const { key } = (await made.json()) as { key: string };
  const event = { type: "trak", userId: "kim", event: "Pavilion Touched", messageId: "pavilion-1" };
  await page.request.post(`${url("EMPTY")}/v1/batch`, { data: { writeKey: key, batch: [event] } });
  await page.reload();
  const row = page.getByRole("table", { name: "Rejected events and rows" }).getByRole("row").filter({ hasText: "pavilion" });
  await row.getByRole("button", { name: /^Mend/ }).click();
  const text = page.getByLabel("The event, as it should have come");
  await expect(text).toHaveValue(/"trak"/);
  await text.fill("{");
  await page.getByRole("button", { name: "Collect it like this" }).click();
  await expect(page.getByRole("dialog")).toContainText("This is no JSON");
  await expectNoFaults(page);
  await text.fill(JSON.stringify({ ...event, type: "track" }));
  await page.getByRole("button", { name: "Collect it like this" }).click();
  await expect(page.getByRole("status").filter({ hasText: "1 event accepted, 0 rejected again." })).toBeVisible();
  await expect(row).toContainText("collected again");
  await page.goto(`${url("EMPTY")}/people/kim`);
  await expect(page.getByText("Pavilion Touched").first()).toBeVisible();
});

test("rows for others leave out who does not agree", async ({ page }) => {
  await enter(page, "EMPTY");
  const made = await page.request.post(`${url("EMPTY")}/v1/sources`, { data: { name: "door", type: "server" } });
  const { key } = (await made.json()) as { key: string };
  const walked = (userId: string) => ({ type: "track", userId, event: "Door Walked" });
  await page.request.post(`${url("EMPTY")}/v1/batch`, { data: { writeKey: key, batch: [walked("walter"), walked("wanda")] } });
  const sql = "select person, count(*) as events from events where name = 'Door Walked' group by person";
  await expect(async () => {
    const answer = await page.request.post(`${url("EMPTY")}/v1/query`, { data: { sql } });
    expect(((await answer.json()) as { rows: unknown[] }).rows).toHaveLength(2);
  }).toPass();
  const asked = await page.request.post(`${url("EMPTY")}/v1/subject-requests`, { data: { kind: "restrict", identifier: "wanda" } });
  expect(asked.ok(), await asked.text()).toBe(true);
  await page.goto(`${url("EMPTY")}/sql?${new URLSearchParams({ sql })}`);
  await page.getByRole("button", { name: "Run" }).click();
  const rows = page.getByRole("region", { name: "Rows" }).first();
  await expect(rows.getByRole("table")).toBeVisible();
  await expect(rows).not.toContainText("left out");
  await page.getByLabel("The rows are for").selectOption("export");
  await expect(page).toHaveURL(/gate=export/);
  await expect(async () => {
    await page.getByRole("button", { name: "Run" }).click();
    await expect(rows).toContainText("1 row left out (restricted: 1)", { timeout: 2_000 });
  }).toPass();
  await expectNoFaults(page);
  // The address is enough to ask the same.
  await page.reload();
  await expect(page.getByLabel("The rows are for")).toHaveValue("export");
});
