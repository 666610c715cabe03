import { expect, test } from "vitest";
import { everyHour, HOURS } from "./hours";

const now = Date.parse("2026-11-21T10:20:30Z");

test("hours without sales are there, too, the oldest first", () => {
  const hours = everyHour([{ hour: "2026-11-21T09:00:00Z", sales: 3, turnover: 5700 }], now);
  expect(hours).toHaveLength(HOURS);
  expect(hours.at(-1)).toEqual({ at: Date.parse("2026-11-21T10:00:00Z"), sales: 0, turnover: 0 });
  expect(hours.at(-2)).toEqual({ at: Date.parse("2026-11-21T09:00:00Z"), sales: 3, turnover: 5700 });
  expect(hours[0]?.at).toBe(Date.parse("2026-11-20T11:00:00Z"));
});

test("hours that are too old are left out", () => {
  const hours = everyHour([{ hour: "2026-11-19T09:00:00Z", sales: 3, turnover: 5700 }], now);
  expect(hours.every((hour) => hour.sales === 0)).toBe(true);
});
