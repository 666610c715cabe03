// Not a test: takes the pictures. Run against a program that has sold a few licences.

import { fileURLToPath } from "node:url";
import { PAGES, SCHEMES, SIZES } from "./program";
import { buyButton, card, expect, NUMBER, test } from "./visit";

const FOLDER = fileURLToPath(new URL("../screenshots", import.meta.url));

for (const scheme of SCHEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test.describe(`${scheme}, ${size}`, () => {
      test.use({ colorScheme: scheme, viewport });

      for (const { name, url, ready } of PAGES) {
        test(name, async ({ page }) => {
          await page.goto(url);
          await expect(page.locator(ready).first()).toBeVisible();
          if (name === "shop") {
            await buyButton(page, "Pro").click();
            await expect(card(page, "Pro").getByRole("link", { name: NUMBER })).toBeVisible({ timeout: 20_000 });
          }
          if (name === "dashboard") {
            await page.getByRole("button", { name: "Pause" }).click();
            await page.locator("summary", { hasText: "POST /api/buy_mpi" }).first().click();
          }
          if (name === "sales") await expect(page.locator(".chart, .empty").first()).toBeVisible();
          await page.evaluate(() => scrollTo(0, 0));
          // The dashboard's list is long, and a picture of all of it shows nothing more.
          const path = `${FOLDER}/${name}-${scheme}-${size}.png`;
          const clip = name === "dashboard" ? { clip: { x: 0, y: 0, width: viewport.width, height: 1500 } } : {};
          await page.screenshot({ path, fullPage: true, scale: "css", animations: "disabled", ...clip });
        });
      }
    });
  }
}
