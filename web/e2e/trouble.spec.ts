// What can go wrong while buying, and what the page says to do.

import { buyButton, card, expect, NUMBER, test } from "./visit";

const BUY = "**/api/buy_mpi";
const RECEIPTS = "**/receipts/*";

function problem(status: number, code: string, more: object = {}): string {
  return JSON.stringify({ type: `urn:kontor:problem:${code}`, title: code, status, code, ...more });
}

test("an answer that was lost: trying again does not buy twice", async ({ page }) => {
  const keys: string[] = [];
  let first: { sale: { id: string } } | null = null;
  await page.route(BUY, async (route) => {
    keys.push(route.request().headers()["idempotency-key"] ?? "");
    const answer = await route.fetch();
    if (first) return route.fulfill({ response: answer });
    // The purchase is made; only its answer gets lost.
    first = (await answer.json()) as { sale: { id: string } };
    return route.abort("connectionreset");
  });
  await page.goto("/");
  await buyButton(page, "Basic").click();
  await expect(card(page, "Basic").getByRole("alert")).toContainText("No connection");

  const again = page.waitForResponse(BUY);
  await card(page, "Basic").getByRole("button", { name: "Try again" }).click();
  expect(await (await again).json()).toEqual(first);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys).toEqual([keys[0], keys[0]]);
  await expect(card(page, "Basic").getByRole("link", { name: NUMBER })).toBeVisible({ timeout: 20_000 });
});

test("two clicks are two purchases, each with its own key", async ({ page }) => {
  const keys = new Set<string>();
  page.on("request", (request) => {
    const key = request.headers()["idempotency-key"];
    if (key) keys.add(key);
  });
  await page.goto("/");
  await buyButton(page, "Basic").click();
  await expect(card(page, "Basic").getByText("bought")).toBeVisible();
  await buyButton(page, "Basic").click();
  await expect(page.getByRole("region", { name: "Your purchases" }).getByRole("row")).toHaveCount(4);
  expect(keys.size).toBe(2);
});

test("a server without room says when to come back", async ({ page }) => {
  await page.route(BUY, (route) =>
    route.fulfill({ status: 503, headers: { "retry-after": "7" }, body: problem(503, "overloaded") }),
  );
  await page.goto("/");
  await buyButton(page, "Pro").click();
  await expect(card(page, "Pro").getByRole("alert")).toContainText("Try again in 7 seconds");
  await page.unroute(BUY);
  await card(page, "Pro").getByRole("button", { name: "Try again" }).click();
  await expect(card(page, "Pro").getByText("bought")).toBeVisible();
});

test("a server's mistake shows the request's id", async ({ page }) => {
  await page.route(BUY, (route) =>
    route.fulfill({ status: 500, body: problem(500, "function-failed", { request_id: "req-4711" }) }),
  );
  await page.goto("/");
  await buyButton(page, "Pro").click();
  await expect(card(page, "Pro").getByRole("alert")).toContainText("req-4711");
});

test("a proxy's error page is told as an error", async ({ page }) => {
  await page.route(BUY, (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" }));
  await page.goto("/");
  await buyButton(page, "Pro").click();
  await expect(card(page, "Pro").getByRole("alert")).toContainText("This did not work");
});

test("the prices come when the server is back", async ({ page }) => {
  await page.route("**/api/licenses", (route) => route.abort("connectionrefused"));
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("No connection");
  await page.unroute("**/api/licenses");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("article")).toHaveCount(3);
});

test("a wait shows itself, and a second press does nothing", async ({ page }) => {
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  let sent = 0;
  await page.route(BUY, async (route) => {
    sent += 1;
    await held;
    await route.continue();
  });
  await page.goto("/");
  const button = card(page, "Basic").getByRole("button", { name: /^Buy/ });
  await button.click();
  await expect(button).toHaveText("Buying …");
  await expect(button).toBeDisabled();
  await button.press("Enter");
  release();
  await expect(card(page, "Basic").getByText("bought")).toBeVisible();
  expect(sent).toBe(1);
});

test("an invoice that is late keeps its link", async ({ page }) => {
  await page.clock.install();
  await page.route(RECEIPTS, (route) => route.fulfill({ status: 404, body: problem(404, "unknown-receipt") }));
  await page.goto("/");
  await buyButton(page, "Basic").click();
  await expect(card(page, "Basic").getByText("being written")).toBeVisible();
  const late = card(page, "Basic").getByText("The invoice follows");
  // The page's patience (20 s) passes in the page's clock, not in ours.
  await expect(async () => {
    await page.clock.runFor(2_000);
    await expect(late).toBeVisible({ timeout: 50 });
  }).toPass();
  await expect(card(page, "Basic").getByRole("link", { name: "Your invoice" })).toHaveAttribute("href", /^\/receipts\//);
});
