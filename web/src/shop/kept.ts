// What this tab has bought, kept over a reload and forgotten with the tab: somebody else may use the machine next.

import type { Purchase } from "@/api/sales";

const KEPT = "kontor-purchases";
const KEPT_MAX = 50;

/** Kept by this page or by an older one, which may have kept another shape. */
function isPurchase(value: unknown): value is Purchase {
  const { sale, receipt } = (value ?? {}) as Partial<Purchase>;
  return typeof receipt === "string" && typeof sale?.gross === "number" && typeof sale.currency === "string";
}

export function keptPurchases(): Purchase[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isPurchase) : [];
  } catch {
    // Storage can be forbidden; the list then holds until the next reload.
    return [];
  }
}

export function keepPurchases(purchases: readonly Purchase[]): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(purchases.slice(0, KEPT_MAX)));
  } catch {
    // See `keptPurchases`.
  }
}
