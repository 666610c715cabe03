import { expect, test } from "vitest";
import { bars } from "./waterfall";
import type { Trace } from "@/api/admin";

const trace = (duration_us: number, spans: Trace["spans"]): Trace => ({
  id: "1", name: "GET /", function: "sales", status: 200, time_ms: 0, duration_us, spans,
});

test("bars lie where their time was", () => {
  const [bar] = bars(trace(1000, [{ name: "sql", depth: 1, start_us: 250, duration_us: 500 }]));
  expect(bar).toMatchObject({ from: 25, width: 50 });
});

test("a span without a measurable time, at the very end, is still seen", () => {
  const [bar] = bars(trace(1000, [{ name: "log", depth: 1, start_us: 1000, duration_us: 0 }]));
  expect(bar?.width).toBeGreaterThan(0);
  expect((bar?.from ?? 0) + (bar?.width ?? 0)).toBeLessThanOrEqual(100);
});

test("work after the answer makes the picture longer, not the bar wider than it", () => {
  const [bar] = bars(trace(100, [{ name: "events", depth: 1, start_us: 100, duration_us: 100 }]));
  expect(bar).toMatchObject({ from: 50, width: 50 });
});
