// The function `sales`, as the pages use it. Its types are made from its contract: a change of it that the pages do not
// understand breaks their build.

import type { Answer, Body } from "./contract";
import type { operations, paths } from "./generated/sales";
import { request } from "./request";

/** Prices in minor units of `currency`, tax included; `tax_rate` in percent, as text. */
export type Licenses = Answer<operations["listLicenses"], 200>;
export type Order = Body<operations["buyLicense"]>;
export type Customer = NonNullable<Order["customer"]>;
/** A purchase that was made; `receipt` is a path on this host, unguessable. */
export type Purchase = Answer<operations["buyLicense"], 201>;
export type SalesHour = Answer<operations["salesPerHour"], 200>["hours"][number];

type Query<Operation extends { parameters: { query?: unknown } }> = NonNullable<Operation["parameters"]["query"]>;
type Headers<Operation extends { parameters: { header?: unknown } }> = NonNullable<Operation["parameters"]["header"]>;

const LICENSES: keyof paths = "/api/licenses";
const BUY: keyof paths = "/api/buy_mpi";
const CURRENT_MONEY: keyof paths = "/api/get_current_money";
const SALES_PER_HOUR: keyof paths = "/api/sales_per_hour";

export const listLicenses = () => request<Licenses>(LICENSES);

/** `key` makes a repetition harmless: the same key and order give the same purchase, however often they are sent. */
export function buyLicense(order: Order, key: string): Promise<Purchase> {
  const headers = { "Idempotency-Key": key } satisfies Headers<operations["buyLicense"]>;
  return request<Purchase>(BUY, { method: "POST", body: order, headers });
}

export const currentMoney = (signal: AbortSignal) =>
  request<Answer<operations["getCurrentMoney"], 200>>(CURRENT_MONEY, { signal });

export function salesPerHour(hours: number, signal: AbortSignal) {
  const query = { hours } satisfies Query<operations["salesPerHour"]>;
  const asked = `${SALES_PER_HOUR}?${new URLSearchParams({ hours: String(query.hours) })}`;
  return request<Answer<operations["salesPerHour"], 200>>(asked, { signal });
}
