// The shop's counter: what is on offer, what is being bought, what has been bought.

import { computed, reactive, ref, shallowRef } from "vue";
import { awaitReceipt } from "@/api/receipts";
import { failureOf, type Failure } from "@/api/request";
import { buyLicense, listLicenses, type Customer, type Licenses, type Order, type Purchase } from "@/api/sales";
import { keepPurchases, keptPurchases } from "./kept";
import { attemptFor, type Attempt } from "./attempt";

export const QUANTITY_MAX = 100;

/** One licence on the counter. */
export interface Offer {
  license: string;
  /** Price of one, minor units. */
  gross: number;
  quantity: number;
  busy: boolean;
  failure: Failure | null;
  attempt: Attempt | null;
  last: Bought | null;
}

/** One purchase that was made. */
export interface Bought {
  purchase: Purchase;
  /** Its invoice's number, once it is written. */
  number: string | null;
  /** Waited for long enough: the invoice follows. */
  late: boolean;
}

export function isCustomerRequired(failure: Failure | null): boolean {
  return failure?.kind === "problem" && failure.problem.code === "customer-required";
}

function isKeyReused(failure: Failure): boolean {
  return failure.kind === "problem" && failure.problem.code === "key-reused";
}

export function useCounter() {
  const list = shallowRef<Licenses | null>(null);
  const listFailure = shallowRef<Failure | null>(null);
  const offers = ref<Offer[]>([]);
  const purchases = ref<Bought[]>([]);
  /** The offer whose buyer is being asked for an address. */
  const asking = ref<Offer | null>(null);

  async function load(): Promise<void> {
    listFailure.value = null;
    try {
      const licenses = await listLicenses();
      list.value = licenses;
      const fresh = { quantity: 1, busy: false, failure: null, attempt: null, last: null };
      offers.value = licenses.licenses.map(({ license, gross }) => ({ ...fresh, license, gross }));
    } catch (error) {
      listFailure.value = failureOf(error);
    }
  }

  async function followReceipt(bought: Bought): Promise<void> {
    const receipt = await awaitReceipt(bought.purchase.receipt);
    if (receipt) bought.number = receipt.number;
    else bought.late = true;
  }

  /** What this tab has bought before a reload: an invoice's link is its buyer's only way to it. */
  function restore(): void {
    purchases.value = keptPurchases().map((purchase) => ({ purchase, number: null, late: false }));
    for (const bought of purchases.value) void followReceipt(bought);
  }

  function keep(offer: Offer, purchase: Purchase): void {
    const bought = reactive<Bought>({ purchase, number: null, late: false });
    purchases.value.unshift(bought);
    keepPurchases(purchases.value.map(({ purchase }) => purchase));
    offer.last = bought;
    offer.attempt = null;
    offer.quantity = 1;
    if (asking.value === offer) asking.value = null;
    void followReceipt(bought);
  }

  async function buy(offer: Offer, customer?: Customer): Promise<void> {
    if (offer.busy) return;
    const order: Order = { license: offer.license, quantity: offer.quantity };
    if (customer) order.customer = customer;
    const attempt = attemptFor(order, offer.attempt);
    offer.attempt = attempt;
    offer.busy = true;
    offer.failure = null;
    offer.last = null;
    try {
      keep(offer, await buyLicense(order, attempt.key));
    } catch (error) {
      const failure = failureOf(error);
      offer.failure = failure;
      if (isKeyReused(failure)) offer.attempt = null;
      if (isCustomerRequired(failure)) asking.value = offer;
    } finally {
      offer.busy = false;
    }
  }

  function cancelAsking(): void {
    if (asking.value) asking.value.failure = null;
    asking.value = null;
  }

  const total = computed(() => purchases.value.reduce((sum, { purchase }) => sum + purchase.sale.gross, 0));
  return { list, listFailure, offers, purchases, asking, total, load, restore, buy, cancelAsking };
}
