// A person buys licences.

import { buyButton, card, expect, NUMBER, test } from "./visit";

test.beforeEach(async ({ page }) => {
  await page.goto("/");
});

for (const name of ["Basic", "Pro", "Enterprise"]) {
  test(`one click buys ${name}, and its invoice opens`, async ({ page, context }) => {
    await buyButton(page, name).click();
    const link = card(page, name).getByRole("link", { name: NUMBER });
    await expect(link).toBeVisible({ timeout: 20_000 });
    const number = NUMBER.exec((await link.textContent()) ?? "")?.[0] ?? "";

    await expect(page.getByRole("status")).toContainText(number);
    const [receipt] = await Promise.all([context.waitForEvent("page"), link.click()]);
    await expect(receipt.locator("body")).toContainText(number);
    await expect(page).toHaveURL(/\/$/);
  });
}

test("several purchases in a row are listed with their total", async ({ page }) => {
  await buyButton(page, "Basic").click();
  await expect(card(page, "Basic").getByText("bought")).toBeVisible();
  await buyButton(page, "Pro").click();
  await expect(card(page, "Pro").getByText("bought")).toBeVisible();

  const rows = page.getByRole("region", { name: "Your purchases" }).getByRole("row");
  await expect(rows.nth(1)).toContainText("1 × Pro");
  await expect(rows.nth(2)).toContainText("1 × Basic");
  await expect(rows.last()).toContainText("€68.00");
  await expect(rows.getByRole("link", { name: NUMBER })).toHaveCount(2, { timeout: 20_000 });
});

test("after a reload the invoices of this tab are still at hand", async ({ page }) => {
  await buyButton(page, "Basic").click();
  await expect(card(page, "Basic").getByText("bought")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("region", { name: "Your purchases" }).getByRole("link", { name: NUMBER })).toBeVisible({
    timeout: 20_000,
  });
});

test("the quantity is bought at once", async ({ page }) => {
  await page.getByRole("button", { name: "One Basic more" }).click();
  await page.getByRole("button", { name: "One Basic more" }).click();
  await expect(buyButton(page, "Basic")).toContainText("€57.00");
  await buyButton(page, "Basic").click();
  await expect(page.getByRole("region", { name: "Your purchases" })).toContainText("3 × Basic");
});

test("a quantity out of range becomes the nearest one", async ({ page }) => {
  const field = page.getByRole("spinbutton", { name: "Quantity of Pro" });
  await field.fill("4711");
  await field.blur();
  await expect(field).toHaveValue("100");
  await field.fill("");
  await field.blur();
  await expect(field).toHaveValue("1");
});

test("a keyboard is enough", async ({ page, context }) => {
  const button = buyButton(page, "Basic");
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press("Tab");
    if (await button.evaluate((element) => element === document.activeElement)) break;
  }
  await expect(button).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(card(page, "Basic").getByRole("link", { name: NUMBER })).toBeVisible({ timeout: 20_000 });
  await expect(button).toBeFocused();
  await page.keyboard.press("Tab");
  const [receipt] = await Promise.all([context.waitForEvent("page"), page.keyboard.press("Enter")]);
  await expect(receipt.locator("body")).toContainText(NUMBER);
});

test("above the limit the buyer is asked for, and what was typed stays", async ({ page }) => {
  await page.getByRole("button", { name: "One Enterprise more" }).click();
  await buyButton(page, "Enterprise").click();
  await expect(page.getByRole("heading", { name: "Who is the invoice for?" })).toBeFocused();
  const form = page.getByRole("form", { name: "Address on the invoice" });

  await form.getByLabel("E-mail").fill("ada@example.org");
  await form.getByLabel("Name or company").fill("Ada Example");
  await form.getByRole("button", { name: "Buy for €398.00" }).click();
  await expect(form.getByLabel("Street and number")).toBeFocused();
  await expect(form.getByLabel("Street and number")).toHaveAccessibleDescription(/fill this in/);

  await form.getByLabel("Street and number").fill("Kontorgasse 1");
  await form.getByLabel("Postcode").fill("1".repeat(500));
  await form.getByLabel("Town").fill("Hamburg");
  await form.getByRole("button", { name: "Buy for €398.00" }).click();
  await expect(form.getByLabel("Postcode")).toHaveAccessibleDescription(/too long/);
  await expect(form.getByLabel("Postcode")).toBeFocused();

  await page.getByRole("button", { name: "Not now" }).click();
  await expect(buyButton(page, "Enterprise")).toBeFocused();
  await buyButton(page, "Enterprise").click();
  await expect(form.getByLabel("Name or company")).toHaveValue("Ada Example");

  await form.getByLabel("Postcode").fill("20457");
  await form.getByRole("button", { name: "Buy for €398.00" }).click();
  await expect(card(page, "Enterprise").getByRole("link", { name: NUMBER })).toBeVisible({ timeout: 20_000 });
  await expect(form).toBeHidden();
});
