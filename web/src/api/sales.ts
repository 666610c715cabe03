// The function `sales`, as the pages use it.

import { request } from "./request";

export interface License {
  license: string;
  /** Minor units of the list's currency, tax included. */
  gross: number;
}

export interface Licenses {
  currency: string;
  /** Percent, a decimal number as text: "19". */
  tax_rate: string;
  licenses: License[];
}

export interface Customer {
  login: string;
  name: string;
  street: string;
  zip: string;
  city: string;
  country: string;
  email?: string;
}

export interface Order {
  license: string;
  quantity: number;
  customer?: Customer;
}

export interface Purchase {
  sale: {
    id: string;
    license: string;
    quantity: number;
    gross: number;
    currency: string;
    sold_at: string;
  };
  invoice: { id: string };
  /** Path on this host, unguessable. */
  receipt: string;
}

export interface Turnover {
  sales: number;
  turnover: number;
  currency: string;
}

export interface SalesHour {
  /** Begin of the hour, RFC 3339 UTC. */
  hour: string;
  sales: number;
  turnover: number;
}

export interface SalesPerHour {
  currency: string;
  hours: SalesHour[];
}

export const listLicenses = (): Promise<Licenses> => request("/api/licenses");

/** `key` makes a repetition harmless: the same key and order give the same purchase, however often they are sent. */
export const buyLicense = (order: Order, key: string): Promise<Purchase> =>
  request("/api/buy_mpi", { method: "POST", body: order, headers: { "idempotency-key": key } });

export const currentMoney = (signal: AbortSignal): Promise<Turnover> => request("/api/get_current_money", { signal });

export const salesPerHour = (hours: number, signal: AbortSignal): Promise<SalesPerHour> =>
  request(`/api/sales_per_hour?hours=${hours}`, { signal });
