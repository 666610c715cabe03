// What every test of a page starts from.

import { expect, test as base, type Locator, type Page } from "@playwright/test";
import { ADDRESS } from "./program";

export { expect };

/** The tests' own `test`: fails where a page throws, breaks its Content-Security-Policy or asks another host. */
export const test = base.extend<{ watched: void }>({
  watched: [
    async ({ page }, use) => {
      const faults: string[] = [];
      const own = new Set(Object.values(ADDRESS).map((address) => new URL(address).host));
      page.on("pageerror", (error) => faults.push(`thrown: ${error.message}`));
      page.on("console", (message) => {
        if (message.type() === "error" && /Content.Security.Policy/i.test(message.text())) faults.push(message.text());
      });
      page.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith("http") && !own.has(url.host)) faults.push(`another host: ${request.url()}`);
      });
      await use();
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

export const NUMBER = /RE-\d{4}-\d{6}/;

/** A licence's card in the shop. */
export function card(page: Page, name: string): Locator {
  return page.getByRole("article", { name });
}

export function buyButton(page: Page, name: string): Locator {
  return card(page, name).getByRole("button", { name: /^Buy/ });
}

/** Buys through the API, as another client would. */
export async function buyElsewhere(page: Page, license: string): Promise<void> {
  const answer = await page.request.post(`${ADDRESS.shop}/api/buy_mpi`, { data: { license } });
  expect(answer.status()).toBe(201);
}
