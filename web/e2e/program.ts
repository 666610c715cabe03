// Where the program under test serves, and the browser that visits it.

import type { PlaywrightTestOptions, PlaywrightWorkerOptions } from "@playwright/test";

const shop = process.env["KONTOR_URL"] ?? "http://localhost:8000";
const admin = process.env["KONTOR_ADMIN_URL"] ?? "http://localhost:8080";

/** A function's own host: `sales.localhost:8000` beside `localhost:8000`. */
function functionHost(name: string): string {
  const url = new URL(shop);
  url.hostname = `${name}.${url.hostname}`;
  return url.origin;
}

export const ADDRESS = { shop, admin, sales: functionHost("sales"), invoices: functionHost("invoices") };

/** Every page, as the accessibility tests and the pictures visit it. */
export const PAGES = [
  { name: "shop", url: `${ADDRESS.shop}/`, ready: "article" },
  { name: "sales", url: `${ADDRESS.shop}/sales.html`, ready: ".live" },
  { name: "dashboard", url: `${ADDRESS.admin}/`, ready: "article" },
  { name: "docs", url: `${ADDRESS.sales}/docs`, ready: ".opblock" },
  { name: "check", url: `${ADDRESS.shop}/check.html`, ready: "pre.script" },
] as const;

export const SIZES = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 900 },
} as const;

export const SCHEMES = ["light", "dark"] as const;

export const BROWSER: Partial<PlaywrightTestOptions & PlaywrightWorkerOptions> = {
  browserName: "chromium",
  launchOptions: {
    executablePath: process.env["KONTOR_CHROMIUM"] ?? "/usr/bin/chromium",
    // The sandbox cannot be used by root in a container; the rest keeps the browser from calling home.
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
      "--no-first-run",
    ],
  },
};
