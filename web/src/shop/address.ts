// The buyer's address: its fields, and which of the server's faults belongs to which of them.

import type { Failure, Fault } from "@/api/request";
import type { Customer } from "@/api/sales";

export const FIELDS = ["login", "name", "street", "zip", "city", "country"] as const;
export type Field = (typeof FIELDS)[number];
export type Address = Record<Field, string>;

/** ISO 3166-1 codes of the EU, and of its neighbours with much trade. */
export const COUNTRIES = (
  "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK US"
).split(" ");

export const emptyAddress = (): Address => ({ login: "", name: "", street: "", zip: "", city: "", country: "DE" });

export function customerOf(address: Address): Customer {
  const { login, name, street, zip, city, country } = address;
  const customer: Customer = {
    login: login.trim(),
    name: name.trim(),
    street: street.trim(),
    zip: zip.trim(),
    city: city.trim(),
    country,
  };
  if (customer.login.includes("@")) customer.email = customer.login;
  return customer;
}

/** The field that a JSON pointer into the order means: `/customer/zip` or `#/customer/zip`. */
export function fieldAt(pointer: string): Field | null {
  const name = /^#?\/customer\/([a-z]+)$/.exec(pointer)?.[1];
  if (name === "email") return "login";
  return FIELDS.find((field) => field === name) ?? null;
}

export interface FaultWords {
  missing: string;
  tooLong: string;
  tooShort: string;
  notOneOf: string;
  other: string;
}

function say({ code }: Fault, words: FaultWords): string {
  if (code === "missing") return words.missing;
  if (code === "too-long") return words.tooLong;
  if (code === "too-short") return words.tooShort;
  if (code === "not-one-of") return words.notOneOf;
  return words.other;
}

/** What to say at each field after `failure`. */
export function faultsOf(failure: Failure | null, words: FaultWords): Partial<Record<Field, string>> {
  const faults: Partial<Record<Field, string>> = {};
  if (failure?.kind !== "problem") return faults;
  for (const fault of failure.problem.errors ?? []) {
    const field = fieldAt(fault.pointer);
    if (field) faults[field] ??= say(fault, words);
  }
  return faults;
}
