// The pictures of the README: a shop after six turns.
import { test } from "@playwright/test";
import { enter, settled } from "../stories/at";

const folder = "../docs/pictures";

const PICTURES = {
  home: { path: "/?period=28d&compare=previous", theme: "light", height: 860 },
  loop: { path: "/loops/repurchase", theme: "light", height: 1000 },
  changes: { path: "/loops/repurchase?tab=changes", theme: "dark", height: 860 },
};

for (const [name, { path, theme, height }] of Object.entries(PICTURES)) {
  test(name, async ({ page }) => {
    await page.setViewportSize({ width: 1440, height });
    await enter(page, "SHOP", path);
    await page.evaluate((theme) => localStorage.setItem("gyre.theme", theme), theme);
    await page.reload();
    await settled(page);
    // Charts are drawn once their piece is there.
    await page.waitForLoadState("networkidle", { timeout: 5_000 }).catch(() => undefined);
    await page.screenshot({ path: `${folder}/${name}.png` });
  });
}
