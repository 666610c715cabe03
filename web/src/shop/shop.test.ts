import { describe, expect, test } from "vitest";
import { customerOf, emptyAddress, faultsOf, fieldAt } from "./address";
import { attemptFor } from "./attempt";
import type { Failure, Fault } from "@/api/request";

describe("an attempt", () => {
  const order = { license: "pro", quantity: 2 };

  test("keeps its key when the same order is sent again", () => {
    const first = attemptFor(order, null);
    expect(attemptFor({ ...order }, first)).toBe(first);
  });

  test("gets a new key with another order", () => {
    const first = attemptFor(order, null);
    expect(attemptFor({ ...order, quantity: 3 }, first).key).not.toBe(first.key);
    const customer = customerOf({ ...emptyAddress(), login: "ada" });
    expect(attemptFor({ ...order, customer }, first).key).not.toBe(first.key);
  });
});

describe("a fault", () => {
  const words = { missing: "missing", tooLong: "long", tooShort: "short", notOneOf: "other one", other: "check" };
  const failure = (...errors: Fault[]): Failure => ({
    kind: "problem",
    problem: { type: "urn:kontor:problem:invalid-body", title: "", status: 422, code: "invalid-body", errors },
    retryAfterMs: null,
  });

  test.each([
    ["/customer/zip", "zip"],
    ["#/customer/zip", "zip"],
    ["/customer/email", "login"],
    ["/customer", null],
    ["/quantity", null],
    ["/customer/zip/0", null],
  ])("at %s belongs to the field %s", (pointer, field) => expect(fieldAt(pointer)).toBe(field));

  test("is said at its field, the first one of several", () => {
    const faults = faultsOf(
      failure(
        { code: "too-long", pointer: "/customer/city", detail: "" },
        { code: "wrong-type", pointer: "/customer/city", detail: "" },
        { code: "missing", pointer: "/license", detail: "" },
      ),
      words,
    );
    expect(faults).toEqual({ city: "long" });
  });
});

test("a login that is an address of e-mail is the customer's e-mail, too", () => {
  const address = { ...emptyAddress(), login: " ada@example.org ", name: " Ada " };
  expect(customerOf(address)).toMatchObject({ login: "ada@example.org", email: "ada@example.org", name: "Ada" });
  expect(customerOf({ ...address, login: "ada" })).not.toHaveProperty("email");
});
