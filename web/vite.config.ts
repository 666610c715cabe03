import vue from "@vitejs/plugin-vue";
import { pictureFiles } from "./scripts/pictureFiles.ts";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// In development the API comes from a running program; the pages themselves are served by Vite.
const program = process.env["KONTOR_URL"] ?? "http://localhost:8000";
const admin = process.env["KONTOR_ADMIN_URL"] ?? "http://localhost:8080";

export default defineConfig({
  plugins: [vue(), pictureFiles()],
  resolve: { alias: { "@": here("./src") } },
  define: { __VUE_OPTIONS_API__: "false" },
  build: {
    target: "baseline-widely-available",
    // Everything is a file of its own host: the Content-Security-Policy allows neither inline scripts nor data URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The one large file is Swagger UI, which comes as one file.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: {
        shop: here("./index.html"),
        sales: here("./sales.html"),
        check: here("./check.html"),
        docs: here("./docs.html"),
        dashboard: here("./dashboard.html"),
      },
    },
  },
  server: {
    proxy: {
      "/api/overview": admin,
      "/api/traces": admin,
      "/api/events": admin,
      "/api/usage": admin,
      "/api": program,
      "/receipts": program,
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
