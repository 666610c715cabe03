// axe-core over every page in both colour schemes on phone and desktop, and the sizes between which nothing may break.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "@playwright/test";
import { PAGES, SCHEMES, SIZES } from "./program";
import { buyButton, buyElsewhere, card, expect, NUMBER, test } from "./visit";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES: RunOptions = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };

declare const axe: { run(options: RunOptions): Promise<AxeResults> };

/** What axe finds, each with the places: empty is the only good answer. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = await page.evaluate((options) => axe.run(options), RULES);
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.any[0]?.message ?? node.failureSummary ?? ""}`),
  );
}

for (const scheme of SCHEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test.describe(`${scheme}, ${size}`, () => {
      test.use({ colorScheme: scheme, viewport });

      for (const { name, url, ready } of PAGES) {
        test(`${name} has no violation`, async ({ page }) => {
          await buyElsewhere(page, "basic");
          await page.goto(url);
          await expect(page.locator(ready).first()).toBeVisible({ timeout: 20_000 });
          expect(await violations(page)).toEqual([]);
        });
      }

      test("the shop has none after a purchase, with a form and with an error", async ({ page }) => {
        await page.goto("/");
        await buyButton(page, "Basic").click();
        await expect(card(page, "Basic").getByRole("link", { name: NUMBER })).toBeVisible({ timeout: 20_000 });
        await page.getByRole("button", { name: "One Enterprise more" }).click();
        await buyButton(page, "Enterprise").click();
        await page.getByRole("form").getByRole("button", { name: /^Buy for/ }).click();
        await page.route("**/api/buy_mpi", (route) => route.abort());
        await buyButton(page, "Pro").click();
        await expect(card(page, "Pro").getByRole("alert")).toBeVisible();
        expect(await violations(page)).toEqual([]);
      });

      test("the documentation has none with all routes opened and one tried", async ({ page }) => {
        await page.goto(PAGES[3].url);
        const route = page.locator(".opblock", { hasText: "/api/licenses" });
        for (const closed of await page.locator(".opblock .opblock-summary-control").all()) await closed.click();
        await route.getByRole("button", { name: "Try it out" }).click();
        await route.getByRole("button", { name: "Execute" }).click();
        await expect(route.locator(".live-responses-table")).toBeVisible();
        expect(await violations(page)).toEqual([]);
      });

      test("the dashboard has none with a request and a function opened, and a wrong key", async ({ page }) => {
        await buyElsewhere(page, "basic");
        await page.goto(PAGES[2].url);
        await page.getByText("Versions, grants and limits of sales").click();
        await expect(page.getByRole("region", { name: "Limits of sales" })).toBeVisible();
        await page.getByLabel("Admin key").fill("kt_wrong");
        await page.getByRole("button", { name: "Unlock" }).click();
        await expect(page.getByText("This is not the key")).toBeVisible();
        await page.locator("details:not(.versions) summary").first().click();
        await expect(page.locator("details li").first()).toBeVisible();
        expect(await violations(page)).toEqual([]);
      });
    });
  }
}

for (const width of [320, 768, 3840]) {
  test.describe(`${width} px`, () => {
    // In German, whose words are longer.
    test.use({ locale: "de-DE", viewport: { width, height: 800 } });

    test("no page scrolls sideways", async ({ page }) => {
      for (const { url, ready } of PAGES) {
        await page.goto(url);
        await expect(page.locator(ready).first()).toBeVisible({ timeout: 20_000 });
        const overflow = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          return scrollWidth - clientWidth;
        });
        expect(overflow, url).toBeLessThanOrEqual(0);
      }
    });
  });
}

test("who wants no motion gets none", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto("/");
  const seconds = await buyButton(page, "Basic").evaluate((button) => Number.parseFloat(getComputedStyle(button).transitionDuration));
  expect(seconds).toBeLessThan(0.001);
});
