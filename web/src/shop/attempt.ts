// One click's identity. Sent again after a failure it is the same purchase, never a second one.

import type { Order } from "@/api/sales";

export interface Attempt {
  key: string;
  /** What was ordered: with another order the key must not be used again. */
  order: string;
}

/** `crypto.randomUUID` exists on secure origins only; a shop on a bare LAN address has the random numbers alone. */
function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The attempt for `order`: the failed one before it if it was for the same, otherwise a new one. */
export function attemptFor(order: Order, before: Attempt | null): Attempt {
  const text = JSON.stringify(order);
  return before?.order === text ? before : { key: newKey(), order: text };
}
