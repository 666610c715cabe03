// The operator looks where it is slow or stuck.

import type { Overview } from "../src/api/admin";
import { ADDRESS } from "./program";
import { buyElsewhere, expect, test } from "./visit";

test.beforeEach(async ({ page }) => {
  await page.goto(ADDRESS.admin);
});

test("both functions show their routes and instances", async ({ page }) => {
  const sales = page.getByRole("article", { name: "sales" });
  await expect(sales.getByRole("row", { name: /POST \/api\/buy_mpi/ })).toBeVisible();
  await expect(sales).toContainText("idle");
  await expect(page.getByRole("article", { name: "invoices" })).toContainText("sale.made");
  await expect(page.getByText("Ready", { exact: true })).toBeVisible();
});

test("requests are counted while one looks", async ({ page }) => {
  const requests = page.getByRole("article", { name: "sales" }).getByRole("row", { name: /buy_mpi/ }).getByRole("cell").first();
  const before = await requests.textContent();
  await buyElsewhere(page, "basic");
  await expect(requests).not.toHaveText(before ?? "", { timeout: 10_000 });
});

test("what was used is shown with its cost", async ({ page }) => {
  await buyElsewhere(page, "basic");
  const usage = page.getByRole("region", { name: /^Usage and cost since/ });
  const row = usage.getByRole("row", { name: /sales buyLicense/ });
  await expect(row).toBeVisible({ timeout: 10_000 });
  await expect(row.getByRole("cell").last()).toHaveText(/^0\.\d{2,6}$/);
  await expect(usage.getByRole("row", { name: /invoices from events/ })).toBeVisible({ timeout: 10_000 });
});

test("a purchase opens into its steps", async ({ page }) => {
  await buyElsewhere(page, "basic");
  const purchase = page.getByRole("group").filter({ hasText: "POST /api/buy_mpi" }).first();
  await expect(purchase).toBeVisible({ timeout: 10_000 });
  await page.getByRole("button", { name: "Pause" }).click();
  await purchase.locator("summary").focus();
  await page.keyboard.press("Enter");
  await expect(purchase.getByRole("listitem").first()).toBeVisible();
  expect(await purchase.getByRole("listitem").count()).toBeGreaterThan(1);
});

test("paused, it asks no more until it is resumed", async ({ page }) => {
  await expect(page.getByRole("article").first()).toBeVisible();
  await page.clock.install();
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText(/^Paused/)).toBeVisible();
  let asked = 0;
  page.on("request", () => (asked += 1));
  await page.clock.runFor(20_000);
  expect(asked).toBe(0);
  const next = page.waitForRequest("**/api/overview");
  await page.getByRole("button", { name: "Resume" }).click();
  await next;
});

test("problems stand on top, dead letters with the command that helps", async ({ page }) => {
  const state = (await (await page.request.get(`${ADDRESS.admin}/api/overview`)).json()) as Overview;
  const broken = {
    ...state, ready: false, problems: ["sql: the writer of sales stopped: disk full"], warnings: ["invoices waits: seller_zip"],
  };
  const dead = {
    source: "sales", subscriber: "invoices", id: "7", name: "sale.made", key: "guest-1",
    failed: 9, error: "trapped", dead: true, next_ms: null, time_ms: 0,
  };
  await page.route("**/api/overview", (route) => route.fulfill({ json: broken }));
  await page.route("**/api/events", (route) => route.fulfill({ json: [dead] }));
  await page.reload();
  await expect(page.getByRole("alert")).toContainText("disk full");
  await expect(page.getByText("Not ready")).toBeVisible();
  await expect(page.getByText("invoices waits: seller_zip")).toBeVisible();
  await expect(page.getByText("kontor events replay sales invoices 7")).toBeVisible();
});

test("a program that is gone leaves the last state and says so", async ({ page, context }) => {
  await expect(page.getByRole("article").first()).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByRole("alert")).toContainText("No connection", { timeout: 10_000 });
  await expect(page.getByRole("article").first()).toBeVisible();
});

/** As the program lists a function with two versions; its own orders are not carried out. */
const HELLO = {
  name: "hello", state: "live", version: "2", hash: "b".repeat(64), origin: "deployed", number: 2, bundled: false, grants: ["sql"],
};
const VERSIONS = [2, 1].map((number) => ({
  number, version: String(number), hash: "b".repeat(64), who: "token:ci", deployed_ms: 0, serves: number === 2,
}));

test("with the key one goes back to an earlier version, by keyboard alone", async ({ page }) => {
  const failures = [{ what: "broken", reason: "it is not signed", since_ms: 0 }];
  await page.route("**/api/functions", (route) => route.fulfill({ json: { functions: [HELLO], failures } }));
  await page.route("**/api/functions/hello", (route) =>
    route.fulfill({ json: { ...HELLO, asks: ["sql"], configured: [], granted: ["sql"], limits: [["cpu_max", "1s"]], versions: VERSIONS, failure: null } }),
  );
  await page.route("**/api/tokens", (route) => route.fulfill({ json: [] }));
  const ordered = page.waitForRequest("**/api/functions/hello/rollback");
  await page.route("**/api/functions/hello/rollback", (route) => route.fulfill({ json: {} }));
  await page.reload();
  await expect(page.getByText("broken does not go live")).toBeVisible();
  await page.getByText("Versions, grants and limits of hello").focus();
  await page.keyboard.press("Enter");
  const versions = page.getByRole("region", { name: "Versions of hello that are kept" });
  await expect(versions).toContainText("kontor functions rollback hello --to 1");
  await expect(versions).toContainText("token:ci");
  await page.getByLabel("Admin key").focus();
  await page.keyboard.type("kt_right");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Roll back to 1" }).focus();
  await page.keyboard.press("Enter");
  const order = await ordered;
  expect(order.postDataJSON()).toEqual({ number: 1 });
  expect(order.headers()["authorization"]).toBe("Bearer kt_right");
  await expect(page.getByText("hello is back at version 1.")).toBeAttached();
});

test("a wrong key is told, and changes nothing", async ({ page }) => {
  await page.getByLabel("Admin key").fill("kt_wrong");
  await page.getByRole("button", { name: "Unlock" }).click();
  await expect(page.getByRole("alert")).toContainText("This is not the key");
  await expect(page.getByRole("button", { name: /^Switch off/ })).toHaveCount(0);
});

test("with the key a dead letter is delivered again", async ({ page }) => {
  const dead = {
    source: "sales", subscriber: "invoices", id: "7", name: "sale.made", key: "guest-1",
    failed: 20, error: "trapped", dead: true, next_ms: null, time_ms: 0,
  };
  await page.route("**/api/events", (route) => route.fulfill({ json: [dead] }));
  await page.route("**/api/tokens", (route) => route.fulfill({ json: [] }));
  const ordered = page.waitForRequest("**/api/events/replay");
  await page.route("**/api/events/replay", (route) => route.fulfill({ status: 204 }));
  await page.getByLabel("Admin key").fill("kt_right");
  await page.getByRole("button", { name: "Unlock" }).click();
  await page.getByRole("button", { name: /^Deliver again/ }).click();
  expect((await ordered).postDataJSON()).toEqual({ source: "sales", subscriber: "invoices", id: 7 });
  await expect(page.getByText("It is delivered again.")).toBeAttached();
});
