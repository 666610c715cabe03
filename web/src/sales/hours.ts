// The hours of the chart: the server names only those with sales, a chart needs them all.

import type { SalesHour } from "@/api/sales";

export const HOURS = 24;
const HOUR_MS = 3_600_000;

export interface Hour {
  /** Begin, ms since 1970. */
  at: number;
  sales: number;
  turnover: number;
}

/** The last 24 hours up to the one of `now`, oldest first, those without sales included. */
export function everyHour(known: readonly SalesHour[], now: number): Hour[] {
  const byBegin = new Map(known.map((hour) => [Date.parse(hour.hour), hour]));
  const current = Math.floor(now / HOUR_MS) * HOUR_MS;
  return Array.from({ length: HOURS }, (_, index) => {
    const at = current - (HOURS - 1 - index) * HOUR_MS;
    const { sales = 0, turnover = 0 } = byBegin.get(at) ?? {};
    return { at, sales, turnover };
  });
}
