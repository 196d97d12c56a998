// The pictures of the README: a shop after six turns, light and dark, as GitHub shows them.
import { expect, test } from "@playwright/test";
import { enter, settled } from "../stories/at";

const folder = process.env["GYRE_PICTURES"] ?? "../docs/pictures";

const PICTURES = {
  home: { path: "/?period=28d&compare=previous", shows: /^Turn \d+ is due on/, height: 870 },
  loop: { path: "/loops/repurchase", shows: /^Treated \/ held out/, height: 626 },
  changes: { path: "/loops/repurchase?tab=changes", shows: /^The evidence/, height: 626 },
};

for (const theme of ["light", "dark"] as const) {
  for (const [name, { path, shows, height }] of Object.entries(PICTURES)) {
    test(`${name}, ${theme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.setViewportSize({ width: 1280, height });
      await enter(page, "SHOP", path);
      await settled(page);
      await expect(page.getByText(shows).first()).toBeVisible();
      // Charts are drawn once their piece is there.
      if (name === "loop") await expect(page.locator("canvas")).toBeVisible();
      await page.mouse.move(0, 0);
      await page.screenshot({ path: `${folder}/${name}-${theme}.png` });
    });
  }
}
