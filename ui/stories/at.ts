// What every story needs: a server, somebody who is signed in, and axe.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

export const PASSWORD = "correct horse battery";

export const url = (name: "EMPTY" | "SHOP") => process.env[`${name}_URL`] ?? "";
const token = (name: "EMPTY" | "SHOP") => process.env[`${name}_TOKEN`] ?? "";

/** Makes the first admin if nobody did yet, and signs in. */
export async function enter(page: Page, name: "EMPTY" | "SHOP", path = "/") {
  const made = await page.request.post(`${url(name)}/v1/setup`, { data: { token: token(name), name: "ada", password: PASSWORD } });
  if (!made.ok()) {
    const signed = await page.request.post(`${url(name)}/v1/session`, { data: { name: "ada", password: PASSWORD } });
    expect(signed.ok(), await signed.text()).toBe(true);
  }
  await page.goto(url(name) + path);
}

export const setupLink = (name: "EMPTY" | "SHOP") => `${url(name)}/setup#token=${token(name)}`;

/** Loaded: nothing says so any more. */
export async function settled(page: Page) {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
}

/** axe finds nothing. Frames hold e-mails, in which no script runs, so neither does axe. */
export async function expectNoFaults(page: Page) {
  const { violations } = await new AxeBuilder({ page }).exclude("iframe").withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  const said = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary}`).join("\n  ")}`);
  expect(said).toEqual([]);
}
