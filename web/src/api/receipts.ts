// A purchase's receipt: written by another function a moment after the purchase.

import type { Answer } from "./contract";
import type { operations } from "./generated/invoices";
import { request, RequestFailed } from "./request";

/** The invoice as it was registered; `number` as printed: RE-2026-000001. */
export type Receipt = Answer<operations["getReceipt"], 200>;

const PATIENCE_MS = 20_000;
const FIRST_PAUSE_MS = 120;
const LONGEST_PAUSE_MS = 2_000;

/** The wait before attempt `attempt` (from 0), without what the server asks for. */
export function pauseBefore(attempt: number): number {
  return Math.min(FIRST_PAUSE_MS * 1.6 ** attempt, LONGEST_PAUSE_MS);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Waits for the receipt at `path`. `null`: not there within 20 s, or something else is wrong; the link stays good. */
export async function awaitReceipt(path: string): Promise<Receipt | null> {
  const until = performance.now() + PATIENCE_MS;
  for (let attempt = 0; performance.now() < until; attempt += 1) {
    try {
      return await request<Receipt>(path);
    } catch (error) {
      // Not there yet, busy or offline: all of them can pass. What is forbidden or malformed stays so.
      if (!(error instanceof RequestFailed)) throw error;
      const { failure } = error;
      if (failure.kind === "problem" && failure.problem.status < 500 && failure.problem.status !== 404) return null;
    }
    await pause(pauseBefore(attempt));
  }
  return null;
}
