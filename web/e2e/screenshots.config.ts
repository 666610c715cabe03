// Pictures of every page, for people to look at: `npm run screenshots` writes them into screenshots/.

import { defineConfig } from "@playwright/test";
import { ADDRESS, BROWSER } from "./program";

export default defineConfig({
  testDir: ".",
  testMatch: "screenshots.ts",
  workers: 2,
  fullyParallel: true,
  reporter: "list",
  outputDir: "../test-results/screenshots",
  use: { ...BROWSER, baseURL: ADDRESS.shop, locale: "en-GB", timezoneId: "Europe/Berlin" },
});
