import { beforeAll, expect, test, vi } from "vitest";

beforeAll(() => {
  vi.stubGlobal("navigator", { languages: [] });
  vi.stubGlobal("location", new URL("http://localhost:8000/"));
});

test.each([
  ["http://localhost:8000/", "http://sales.localhost:8000/docs"],
  ["https://shop.example/", "https://sales.shop.example/docs"],
  ["http://127.0.0.1:8000/", null],
  ["http://[::1]:8000/", null],
])("from %s the API's documentation is at %s", async (here, there) => {
  const { apiAddress } = await import("./publicLinks");
  expect(apiAddress(new URL(here))).toBe(there);
});
