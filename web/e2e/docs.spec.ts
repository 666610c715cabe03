// A developer reads the API's documentation, offline: `visit` fails on every request to another host.

import { ADDRESS } from "./program";
import { expect, test } from "./visit";

test("sales shows its operations, and one can be tried", async ({ page }) => {
  await page.goto(`${ADDRESS.sales}/docs`);
  const licenses = page.locator(".opblock", { hasText: "/api/licenses" });
  await licenses.getByRole("button").first().click();
  await licenses.getByRole("button", { name: "Try it out" }).click();
  await licenses.getByRole("button", { name: "Execute" }).click();
  await expect(licenses.locator(".live-responses-table tbody .response-col_status").first()).toContainText("200");
  await expect(licenses.locator(".live-responses-table")).toContainText("basic");
});

test("invoices shows its own", async ({ page }) => {
  await page.goto(`${ADDRESS.invoices}/docs`);
  await expect(page.locator(".opblock", { hasText: "/receipts/{token}" })).toBeVisible();
});

test("one page shows every function, and leads to the host where it can be tried", async ({ page }) => {
  await page.goto(`${ADDRESS.shop}/docs`);
  const functions = page.getByRole("navigation", { name: "Functions" });
  await expect(functions.getByRole("button")).toHaveCount(2);
  await functions.getByRole("button", { name: /sales/i }).click();
  await expect(page.locator(".opblock", { hasText: "/api/buy_mpi" })).toBeVisible();
  await expect(functions.getByRole("link", { name: /sales/ })).toHaveAttribute("href", `${ADDRESS.sales}/docs`);
  await functions.getByRole("button", { name: /invoices/i }).click();
  await expect(page.locator(".opblock", { hasText: "/receipts/{token}" })).toBeVisible();
  await expect(page.locator(".opblock", { hasText: "/api/buy_mpi" })).toHaveCount(0);
});
