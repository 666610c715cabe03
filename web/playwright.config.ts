// The pages in Debian's Chromium against a running program:
//   KONTOR_URL, KONTOR_ADMIN_URL  where it serves (default: `kontor serve`'s own addresses)
//   KONTOR_CHROMIUM               the browser (default /usr/bin/chromium); none is ever downloaded

import { defineConfig } from "@playwright/test";
import { ADDRESS, BROWSER } from "./e2e/program";

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  fullyParallel: true,
  forbidOnly: Boolean(process.env["CI"]),
  retries: 0,
  workers: 2,
  timeout: 30_000,
  reporter: [["list"], ["json", { outputFile: "test-results/summary.json" }]],
  outputDir: "test-results/files",
  use: { ...BROWSER, baseURL: ADDRESS.shop, locale: "en-GB", timezoneId: "Europe/Berlin", trace: "retain-on-failure" },
});
