// The sales team looks at its numbers.

import { buyElsewhere, expect, test } from "./visit";

test.beforeEach(async ({ page }) => {
  await page.goto("/sales.html");
});

test("numbers change while somebody else buys", async ({ page }) => {
  await expect(page.getByText(/^Live, as of/)).toBeVisible();
  const numbers = page.locator("dl dd");
  const before = await numbers.allTextContents();
  await buyElsewhere(page, "pro");
  for (const index of [0, 1]) await expect(numbers.nth(index)).not.toHaveText(before[index] ?? "", { timeout: 10_000 });
});

test("the chart has a table that says the same", async ({ page }) => {
  await buyElsewhere(page, "basic");
  await expect(page.getByRole("img", { name: /Bar chart/ })).toBeVisible();
  await page.getByText("The same as a table").click();
  const row = page.getByRole("row").nth(1);
  await expect(row).toContainText(/\d\d:00/);
  await expect(row).toContainText("€");
});

test("a server that is gone leaves the last numbers, marked as old", async ({ page, context }) => {
  await expect(page.getByText(/^Live, as of/)).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText(/^Not live: as of/)).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("No connection");
  await expect(page.locator("dl dd").first()).not.toHaveText("–");
  await context.setOffline(false);
  await expect(page.getByText(/^Live, as of/)).toBeVisible();
  await expect(page.getByRole("alert")).toBeHidden();
});

test("without sales it says what will happen", async ({ page }) => {
  await page.route("**/api/sales_per_hour*", (route) => route.fulfill({ json: { currency: "EUR", hours: [] } }));
  await page.reload();
  await expect(page.getByText("The first sale shows up here by itself.")).toBeVisible();
});

test("a currency without minor units is shown as such", async ({ page }) => {
  await page.route("**/api/get_current_money", (route) =>
    route.fulfill({ json: { sales: 2, turnover: 3800, currency: "JPY" } }),
  );
  await page.reload();
  await expect(page.locator("dl dd").nth(1)).toHaveText(/^\D+3,800$/);
});
