import { expect, test } from "vitest";
import { nextPause } from "./poll";
import { pauseBefore } from "./receipts";

test("asking goes on at its pace and backs off while it fails, up to 30 s", () => {
  expect([0, 1, 2, 3].map((failures) => nextPause(1000, failures))).toEqual([1000, 2000, 4000, 8000]);
  expect(nextPause(1000, 1_000_000)).toBe(30_000);
});

test("a receipt is looked for soon, then less and less often, at least every 2 s", () => {
  const pauses = Array.from({ length: 20 }, (_, attempt) => pauseBefore(attempt));
  expect(pauses[0]).toBeLessThan(200);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(pauses.at(-1)).toBe(2000);
});
