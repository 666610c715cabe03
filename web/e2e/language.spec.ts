// German and English.

import { expect, test } from "./visit";

test.describe("a browser that wants German", () => {
  test.use({ locale: "de-DE" });

  test("gets German, and English by the switch, which is remembered", async ({ page }) => {
    await page.goto("/");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Wählen Sie eine Lizenz");
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await expect(page.getByRole("article", { name: "Basic" })).toContainText("19,00 €");

    await page.getByRole("button", { name: /English/ }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Choose a licence");
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await expect(page).toHaveTitle("Licences – Kontor");

    await page.goto("/sales.html");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sales");
    await expect(page.getByRole("button", { name: /English/ })).toHaveAttribute("aria-pressed", "true");
  });
});

test.describe("a browser that wants neither", () => {
  test.use({ locale: "fr-FR" });

  test("gets English", async ({ page }) => {
    await page.goto("/");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Choose a licence");
  });
});
