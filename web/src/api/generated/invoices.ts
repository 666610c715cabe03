// Generated from functions/invoices/openapi.json by scripts/client.mjs. Do not edit.

export interface paths {
    "/customers/{login}/balance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a customer has */
        get: operations["getBalance"];
        put?: never;
        /** Money for a balance, or out of it, and for no invoice */
        post: operations["bookBalance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Invoices in the order of their numbers, page by page
         * @description Give `next` of one page as `after` of the following one; the last page's `next` is null.
         */
        get: operations["listInvoices"];
        put?: never;
        /**
         * Registers an invoice
         * @description All broken rules of EN 16931, of German law and of Kontor's own are told at once (422). Number, issue time and sums are the server's. `preview=true` checks and computes, and takes no number.
         */
        post: operations["createInvoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One invoice, whole */
        get: operations["getInvoice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/balance-uses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The customer's balance pays */
        post: operations["useBalance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/cancellation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancels an invoice whole, by a new one of its own number
         * @description Send `{}`, or `reason`, `id`, `series` and `source`. What was paid becomes balance.
         */
        post: operations["cancelInvoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/chargebacks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The bank took a payment back */
        post: operations["recordChargeback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/corrections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a part of an invoice back; states a cancelled one anew
         * @description Amounts are positive and are taken back (381). For an invoice that is cancelled it is the corrected invoice (384), which states the whole anew.
         */
        post: operations["correctInvoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to an invoice: when, by whom, why, and what was posted */
        get: operations["getInvoiceHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Money came in; what is too much becomes balance */
        post: operations["recordPayment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The proof that an invoice is under a seal, which anybody can check
         * @description What was frozen, the leaf with its hash, the path to the seal's root, and the seal with its signature. /check.html says how to check it without Kontor. An invoice is sealed a moment after its registration; until then this is 404 with `Retry-After`.
         */
        get: operations["getProof"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/refunds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Money went back to the customer, out of what became balance */
        post: operations["recordRefund"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/receipts/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The invoice of a purchase, for whoever has its link
         * @description HTML to print, in German or English by `Accept-Language`; JSON if `Accept` prefers it. An invoice follows its purchase by a moment; until then this is 404 with `Retry-After`.
         */
        get: operations["getReceipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was invoiced in a month, by kind, currency, tax rate and state */
        get: operations["sumInvoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @enum {string} */
        Account: "receivable" | "balance" | "revenue" | "vat" | "cash" | "rounding";
        /** @description An allowance or a charge. */
        Allowance: {
            /**
             * Format: int64
             * @description As it was given, with or without tax as the invoice's pricing says; not below zero.
             */
            amount: number;
            /**
             * Format: int64
             * @description What the percentage is of, as the prices are.
             */
            base?: number | null;
            /**
             * Format: int64
             * @description BT-92, BT-99, BT-136, BT-141: without tax.
             */
            net: number;
            percent?: components["schemas"]["Decimal"] | null;
            /** @description BT-97, BT-104, BT-139, BT-144. */
            reason?: string | null;
            /** @description BT-98, BT-105, BT-140, BT-145. */
            reason_code?: string | null;
        };
        /** @description An allowance or a charge. With or without tax, as the prices are. */
        AllowanceDraft: {
            /**
             * Format: int64
             * @description Minor units, not below zero (BT-92, BT-99, BT-136, BT-141). This or the percentage.
             * @default null
             */
            amount: number | null;
            /**
             * Format: int64
             * @description What the percentage is of, minor units (BT-93, BT-100, BT-137, BT-142); all that it is about if it is left out.
             * @default null
             */
            base: number | null;
            /** @default null */
            category: components["schemas"]["Category"] | null;
            /** @default null */
            percent: components["schemas"]["Decimal"] | null;
            /** @default null */
            rate: components["schemas"]["Rate"] | null;
            /**
             * @description Why (BT-97, BT-104, BT-139, BT-144); this or the code.
             * @default null
             */
            reason: string | null;
            /**
             * @description UNTDID 5189 for allowances, 7161 for charges (BT-98, BT-105, BT-140, BT-145).
             * @default null
             */
            reason_code: string | null;
        };
        /** @description A balance. */
        Balance: {
            /**
             * Format: int64
             * @description Minor units; never below zero.
             */
            amount: number;
            /**
             * @description ISO 4217 code.
             * @example EUR
             */
            currency: string;
        };
        /** @description What a customer has. */
        Balances: {
            /** @description One for each currency; none if there never was any. */
            balances: components["schemas"]["Balance"][];
            /** @description The customer's login. */
            login: string;
        };
        /** @description A booked slot. */
        Booking: {
            /**
             * Format: int64
             * @description The slot's begin, µs since 1970 UTC.
             */
            from_us: number;
            /** @description The booking's id. */
            id: string;
            /**
             * Format: int64
             * @description The slot's end, µs since 1970 UTC.
             */
            to_us: number;
        };
        /** @description A booked slot. */
        BookingDraft: {
            /**
             * Format: int64
             * @description The slot's begin, µs since 1970 UTC.
             * @default null
             */
            from_us: number | null;
            /**
             * @description The booking's id.
             * @default null
             */
            id: string | null;
            /**
             * Format: int64
             * @description The slot's end, µs since 1970 UTC.
             * @default null
             */
            to_us: number | null;
        };
        /** @description Who bought, copied as it was given then (BG-7). */
        Buyer: {
            /** @description BT-52. */
            city: string;
            /** @description BT-55. */
            country: string;
            electronic_address?: components["schemas"]["ElectronicAddress"] | null;
            /** @description Where to reach the buyer. */
            email?: string | null;
            /** @description BT-47. */
            legal_id?: string | null;
            /** @description BT-47-1. */
            legal_id_scheme?: string | null;
            /** @description Unique name with the shop. */
            login: string;
            /** @description BT-44. */
            name: string;
            /** @description BT-50. */
            street: string;
            /** @description BT-51. */
            street_extra?: string | null;
            /** @description The buyer's tax number. */
            tax_number?: string | null;
            /** @description BT-48. */
            vat_id?: string | null;
            /** @description BT-53. */
            zip: string;
        };
        /** @description Who buys (BG-7). */
        BuyerDraft: {
            /**
             * @description BT-52: town.
             * @default null
             */
            city: string | null;
            /**
             * @description BT-55: ISO 3166-1, two letters.
             * @default null
             */
            country: string | null;
            /** @default null */
            electronic_address: components["schemas"]["ElectronicAddressDraft"] | null;
            /**
             * @description Where to reach the buyer.
             * @default null
             */
            email: string | null;
            /**
             * @description BT-47: number in a register of companies.
             * @default null
             */
            legal_id: string | null;
            /**
             * @description BT-47-1: the register, ISO 6523.
             * @default null
             */
            legal_id_scheme: string | null;
            /**
             * @description Unique name with the shop.
             * @default null
             */
            login: string | null;
            /**
             * @description BT-44: person or company.
             * @default null
             */
            name: string | null;
            /**
             * @description BT-50: street and number.
             * @default null
             */
            street: string | null;
            /**
             * @description BT-51: what else the address needs.
             * @default null
             */
            street_extra: string | null;
            /**
             * @description The buyer's tax number.
             * @default null
             */
            tax_number: string | null;
            /**
             * @description BT-48.
             * @default null
             */
            vat_id: string | null;
            /**
             * @description BT-53: postal code.
             * @default null
             */
            zip: string | null;
        };
        /**
         * @description The VAT category of a line, an allowance or a charge: UNTDID 5305, as far as EN 16931 uses it outside the Canary Islands,
         *     Ceuta and Melilla (BT-95, BT-102, BT-118, BT-151).
         * @enum {string}
         */
        Category: "S" | "Z" | "E" | "AE" | "K" | "G" | "O";
        /** @description Whom to ask at the seller's (BG-6). */
        Contact: {
            /** @description BT-43. */
            email: string;
            /** @description BT-41. */
            name: string;
            /** @description BT-42. */
            telephone: string;
        };
        /**
         * @description ISO 4217 code of the currency
         * @example EUR
         */
        Currency: string;
        /**
         * @description A day, ISO 8601
         * @example 2026-11-21
         */
        Date: string;
        /**
         * @description A decimal number as text; whole numbers may be JSON integers
         * @example 1.50
         */
        Decimal: string;
        /** @description To whom and where it is delivered. */
        DeliverTo: {
            /** @description BT-77. */
            city?: string | null;
            /** @description BT-80. */
            country: string;
            /** @description BT-70. */
            name?: string | null;
            /** @description BT-75. */
            street?: string | null;
            /** @description BT-76. */
            street_extra?: string | null;
            /** @description BT-78. */
            zip?: string | null;
        };
        /** @description To whom and where it is delivered (BG-15). */
        DeliverToDraft: {
            /**
             * @description BT-77.
             * @default null
             */
            city: string | null;
            /**
             * @description BT-80: ISO 3166-1, two letters.
             * @default null
             */
            country: string | null;
            /**
             * @description BT-70.
             * @default null
             */
            name: string | null;
            /**
             * @description BT-75.
             * @default null
             */
            street: string | null;
            /**
             * @description BT-76.
             * @default null
             */
            street_extra: string | null;
            /**
             * @description BT-78.
             * @default null
             */
            zip: string | null;
        };
        /** @description When and where to it is supplied. */
        Delivery: {
            address?: components["schemas"]["DeliverTo"] | null;
            date?: components["schemas"]["Date"] | null;
            from?: components["schemas"]["Date"] | null;
            /**
             * Format: int64
             * @description The moment, µs since 1970 UTC, if it is known that exactly.
             */
            supplied_at_us?: number | null;
            to?: components["schemas"]["Date"] | null;
        };
        /** @description When and where to it is supplied: the date, or the period. */
        DeliveryDraft: {
            /** @default null */
            address: components["schemas"]["DeliverToDraft"] | null;
            /** @default null */
            date: components["schemas"]["Date"] | null;
            /** @default null */
            from: components["schemas"]["Date"] | null;
            /**
             * Format: int64
             * @description The moment, µs since 1970 UTC, if it is known that exactly.
             * @default null
             */
            supplied_at_us: number | null;
            /** @default null */
            to: components["schemas"]["Date"] | null;
        };
        /**
         * @description Whether money comes in or goes out.
         * @enum {string}
         */
        Direction: "deposit" | "pay_out";
        /** @description An invoice as clients see it and as the archive keeps it. */
        Document: components["schemas"]["Numbering"] & components["schemas"]["Invoice"] & {
            /**
             * Format: int64
             * @description BT-115: gross − balance used + rounding. Of a cancellation or a credit: what is taken back.
             */
            due: number;
            due_on?: components["schemas"]["Date"] | null;
        };
        /**
         * @description An invoice to be made.
         * @example {
         *       "buyer": {
         *         "city": "Berlin",
         *         "country": "DE",
         *         "login": "anna",
         *         "name": "Anna Beispiel",
         *         "street": "Weg 1",
         *         "zip": "10115"
         *       },
         *       "currency": "EUR",
         *       "delivery": {
         *         "date": "2026-11-21"
         *       },
         *       "lines": [
         *         {
         *           "name": "Beratung",
         *           "quantity": "2",
         *           "rate": "19",
         *           "unit": "HUR",
         *           "unit_price": "50.00"
         *         }
         *       ],
         *       "pricing": "net"
         *     }
         */
        Draft: {
            /**
             * @description Allowances on the whole (BG-20).
             * @default null
             */
            allowances: components["schemas"]["AllowanceDraft"][] | null;
            /** @default null */
            buyer: components["schemas"]["BuyerDraft"] | null;
            /**
             * @description BT-10, for example the Leitweg-ID.
             * @default null
             */
            buyer_reference: string | null;
            /**
             * @description Charges on the whole (BG-21).
             * @default null
             */
            charges: components["schemas"]["AllowanceDraft"][] | null;
            /**
             * @description BT-12.
             * @default null
             */
            contract_reference: string | null;
            /** @default null */
            currency: components["schemas"]["Currency"] | null;
            /** @default null */
            delivery: components["schemas"]["DeliveryDraft"] | null;
            /**
             * @description Why no tax is charged, once for each category E, AE, K, G or O.
             * @default null
             */
            exemptions: components["schemas"]["ExemptionDraft"][] | null;
            /**
             * @description The invoice's id, if the caller has minted it: a ULID and the hash of the login, `[0-9A-Za-z-]`, at most 64.
             * @default null
             */
            id: string | null;
            /** @default null */
            language: components["schemas"]["Language"] | null;
            /**
             * @description What is sold: 1 to 1,000 lines.
             * @default null
             */
            lines: components["schemas"]["LineDraft"][] | null;
            /**
             * @description The customer's login, `guest-…` for an anonymous one. The buyer's is taken if it is left out.
             * @default null
             */
            login: string | null;
            /**
             * @description BT-22: at most 20 notes.
             * @default null
             */
            notes: string[] | null;
            /**
             * @description BT-13: the buyer's order.
             * @default null
             */
            order_reference: string | null;
            /** @default null */
            payment: components["schemas"]["PaymentDraft"] | null;
            /** @default null */
            pricing: components["schemas"]["Pricing"] | null;
            /**
             * @description Whether it is about work on real estate. If the buyer is not in business, the invoice tells of the duty to keep
             *     it for two years (§ 14 (4) no. 9, § 14b (1) sentence 5 UStG).
             * @default null
             */
            real_estate: boolean | null;
            /**
             * @description Why it is cancelled or corrected.
             * @default null
             */
            reason: string | null;
            /**
             * Format: int64
             * @description BT-114, minor units: what cash rounding adds; at most one unit of the currency either way.
             * @default null
             */
            rounding: number | null;
            /**
             * @description The number series; the seller's default one if it is left out.
             * @default null
             */
            series: string | null;
            /**
             * @description What made the invoice, unique for ever: an order, a sale. At most 100 characters.
             * @default null
             */
            source: string | null;
            /** @default null */
            use_balance: components["schemas"]["UseBalance"] | null;
        };
        /** @description Where e-invoices go to (BT-34, BT-49). */
        ElectronicAddress: {
            /** @description EAS code. */
            scheme: string;
            /** @description The address. */
            value: string;
        };
        /** @description Where e-invoices go to. */
        ElectronicAddressDraft: {
            /**
             * @description The kind of address: EAS code, `EM` for e-mail.
             * @default null
             */
            scheme: string | null;
            /**
             * @description The address, for example an e-mail address.
             * @default null
             */
            value: string | null;
        };
        /** @description One entry. */
        Entry: {
            /** @description Where. */
            account: components["schemas"]["Account"];
            /**
             * Format: int64
             * @description Minor units; a debit is above zero, a credit below, and nothing is never posted.
             */
            amount: number;
        };
        /** @description A change. */
        Event: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            at: string;
            /** @description By whom. */
            by: string;
            /** @description The id of the cancellation or the credit that did it. */
            document?: string | null;
            /** @description What was posted, minor units; debits are above zero, and all of them sum to zero. */
            entries: components["schemas"]["Entry"][];
            /**
             * @description What was done.
             * @example payment
             */
            operation: string;
            /** @description The state since then. */
            state: components["schemas"]["State"];
            /**
             * Format: int64
             * @description From 1 without gaps.
             */
            version: number;
            /** @description Why. */
            why: string;
        };
        /** @description Why a category has no tax. */
        ExemptionDraft: {
            /** @default null */
            category: components["schemas"]["Category"] | null;
            /**
             * @description BT-121: VATEX code.
             * @default null
             */
            code: string | null;
            /**
             * @description BT-120.
             * @default null
             */
            text: string | null;
        };
        /** @description One fault in what was sent. */
        Fault: {
            /** @description Stable, for programs, for example `out-of-range`. */
            code: string;
            /** @description What is wrong. */
            detail: string;
            /** @description What to do. */
            hint?: string;
            /** @description JSON pointer (RFC 6901) into the body, `/NAME`; for what is no body `#/query/NAME`, `#/path/NAME`, `#/headers/NAME`. */
            pointer: string;
        };
        /** @description An allowance or a charge on the whole, for one category and rate. */
        GroupAllowance: components["schemas"]["Allowance"] & {
            /** @description BT-95, BT-102. */
            category: components["schemas"]["Category"];
            rate?: components["schemas"]["Rate"] | null;
        };
        /**
         * @description SHA-256, 64 hexadecimal digits
         * @example e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
         */
        Hash: string;
        /** @description What happened to an invoice. */
        History: {
            /** @description Oldest first. */
            changes: components["schemas"]["Event"][];
            /** @description The invoice's id. */
            invoice: string;
            /** @description Its number. */
            number: string;
            /**
             * Format: int64
             * @description What is still to be paid, minor units.
             */
            open: number;
            /** @description The state now: what the newest change says, or overdue by the clock. */
            state: components["schemas"]["State"];
        };
        /** @description An invoice, whole, but for what its registration adds. */
        Invoice: {
            /** @description BG-20. */
            allowances?: components["schemas"]["GroupAllowance"][];
            /**
             * Format: int64
             * @description BT-107: sum of the allowances on the whole, net.
             */
            allowances_net: number;
            buyer?: components["schemas"]["Buyer"] | null;
            /** @description BT-10. */
            buyer_reference?: string | null;
            /** @description BG-21. */
            charges?: components["schemas"]["GroupAllowance"][];
            /**
             * Format: int64
             * @description BT-108: sum of the charges on the whole, net.
             */
            charges_net: number;
            /** @description BT-12. */
            contract_reference?: string | null;
            /** @description BT-5. */
            currency: components["schemas"]["Currency"];
            /** @description BG-13, BG-14. */
            delivery: components["schemas"]["Delivery"];
            /**
             * Format: int64
             * @description BT-112.
             */
            gross: number;
            /** @description BT-3. */
            kind: components["schemas"]["Kind"];
            /** @description The language of the server's texts. */
            language: components["schemas"]["Language"];
            /** @description BG-25. */
            lines: components["schemas"]["Line"][];
            /**
             * Format: int64
             * @description BT-106: sum of the lines' nets.
             */
            lines_net: number;
            /** @description The customer's login: the archive is split by it. */
            login: string;
            /**
             * Format: int64
             * @description BT-109.
             */
            net: number;
            /** @description BT-22. */
            notes?: string[];
            /** @description BT-13. */
            order_reference?: string | null;
            /** @description BG-16, BT-9, BT-20. */
            payment?: components["schemas"]["Payment"];
            /** @description BG-3: what it cancels or corrects. */
            preceding?: components["schemas"]["Preceding"][];
            /** @description What the prices are. */
            pricing: components["schemas"]["Pricing"];
            /** @description Why it cancels or corrects. */
            reason?: string | null;
            /**
             * Format: int64
             * @description BT-114.
             */
            rounding: number;
            /** @description BG-4. */
            seller: components["schemas"]["Seller"];
            /** @description Whether it is made as a small amount of § 33 UStDV, without a buyer. */
            small_amount: boolean;
            /**
             * Format: int64
             * @description BT-110.
             */
            tax: number;
            /** @description BG-23: once for each category and rate. */
            taxes: components["schemas"]["TaxGroup"][];
            /** @description What is written above it. */
            title: string;
            /**
             * Format: int32
             * @description Of this shape: [`SCHEMA_VERSION`].
             */
            version: number;
        };
        /** @description Everything that it takes to check an invoice without Kontor. */
        InvoiceProof: components["schemas"]["Proof"] & {
            /** @description What was frozen. The SHA-256 of its canonical JSON (RFC 8785) is the leaf's `body`. */
            invoice: components["schemas"]["Invoice"];
            /** @description The key's name: the first 16 digits of its SHA-256. */
            key_id: string;
            /** @description The key that signed; 64 hexadecimal digits. Compare it with the one that the seller has published. */
            public_key: string;
            /** @description Ed25519 signature of the SHA-256 of the seal's canonical JSON; 128 hexadecimal digits. */
            signature: string;
        };
        /** @description A page of invoices. */
        Invoices: {
            /**
             * @description In the order of their numbers. While `next` is there, a page that was asked for by more than customer and series
             *     may have fewer than the limit, and even none.
             */
            invoices: components["schemas"]["RegisteredInvoice"][];
            /** @description What to ask for as `after`; null on the last page. */
            next?: string | null;
        };
        /** @enum {string} */
        Kind: "invoice" | "cancellation" | "credit" | "corrected";
        /** @enum {string} */
        Language: "de" | "en";
        /** @description One thing under a seal. Its bytes are its canonical JSON. */
        Leaf: {
            /**
             * Format: int64
             * @description What the customer's balance paid.
             */
            balance_used: number;
            /** @description The hash of the invoice's canonical JSON. */
            body: components["schemas"]["Hash"];
            /** @description The invoice's id. */
            id: string;
            /**
             * Format: int64
             * @description When it was issued: µs since 1970 UTC.
             */
            issued_at_us: number;
            /** @enum {string} */
            kind: "invoice";
            /** @description The number. */
            number: string;
            /** @description The part of the series that is counted by itself. */
            period: string;
            /** @description Whose series it is. */
            seller: string;
            /**
             * Format: int64
             * @description Its place there.
             */
            sequence: number;
            /** @description The series. */
            series: string;
        } | {
            /** @description The hash of the file. */
            body: components["schemas"]["Hash"];
            /** @description `xrechnung.xml`, `cii.xml` or `zugferd.pdf`. */
            format: string;
            /** @description The version of what made it. */
            generator: string;
            /** @description The invoice's id. */
            id: string;
            /** @enum {string} */
            kind: "rendering";
        };
        /** @description A line (BG-25). */
        Line: {
            /** @description BG-27. */
            allowances?: components["schemas"]["Allowance"][];
            base_quantity?: components["schemas"]["Decimal"] | null;
            booking?: components["schemas"]["Booking"] | null;
            /** @description BT-151. */
            category: components["schemas"]["Category"];
            /** @description BG-28. */
            charges?: components["schemas"]["Allowance"][];
            /** @description BT-154. */
            description?: string | null;
            /**
             * Format: int64
             * @description What was paid for the line; only where prices contain the tax.
             */
            gross?: number | null;
            /** @description BT-155. */
            item_id?: string | null;
            /** @description BT-153. */
            name: string;
            /**
             * Format: int64
             * @description BT-131: without tax, after the line's allowances and charges.
             */
            net: number;
            /** @description BT-127. */
            note?: string | null;
            /** @description BT-129. */
            quantity: components["schemas"]["Decimal"];
            rate?: components["schemas"]["Rate"] | null;
            /** @description BT-130. */
            unit: string;
            /** @description BT-146: the price without tax, with as many digits that quantity × price rounds to the line's amount. */
            unit_net: components["schemas"]["Decimal"];
            /** @description The price as it was given, with or without tax as the invoice's pricing says. */
            unit_price: components["schemas"]["Decimal"];
        };
        /** @description A line (BG-25). */
        LineDraft: {
            /**
             * @description BG-27.
             * @default null
             */
            allowances: components["schemas"]["AllowanceDraft"][] | null;
            /** @default null */
            base_quantity: components["schemas"]["Decimal"] | null;
            /** @default null */
            booking: components["schemas"]["BookingDraft"] | null;
            /** @default null */
            category: components["schemas"]["Category"] | null;
            /**
             * @description BG-28.
             * @default null
             */
            charges: components["schemas"]["AllowanceDraft"][] | null;
            /**
             * @description BT-154.
             * @default null
             */
            description: string | null;
            /**
             * @description BT-155: the seller's number of the item.
             * @default null
             */
            item_id: string | null;
            /**
             * @description BT-153: what.
             * @default null
             */
            name: string | null;
            /**
             * @description BT-127.
             * @default null
             */
            note: string | null;
            /** @default null */
            quantity: components["schemas"]["Decimal"] | null;
            /** @default null */
            rate: components["schemas"]["Rate"] | null;
            /**
             * @description BT-130: UN/ECE Rec 20 code; `C62`, which means pieces, if it is left out.
             * @default null
             */
            unit: string | null;
            /** @default null */
            unit_price: components["schemas"]["Decimal"] | null;
        };
        /** @description A way to pay (BG-16 to BG-19). */
        Means: {
            /** @description BT-86. */
            bic?: string | null;
            /** @description BT-87. */
            card?: string | null;
            /** @description BT-90. */
            creditor_id?: string | null;
            /** @description BT-85, BT-88. */
            holder?: string | null;
            /** @description BT-84 for a transfer, BT-91 for a direct debit. */
            iban?: string | null;
            /** @description BT-81. */
            kind: components["schemas"]["MeansKind"];
            /** @description BT-89. */
            mandate?: string | null;
            /** @description BT-83. */
            reference?: string | null;
        };
        /** @description A way to pay (BG-16). Which fields it needs depends on its kind. */
        MeansDraft: {
            /**
             * @description BT-86.
             * @default null
             */
            bic: string | null;
            /**
             * @description BT-87: at most the first six and last four digits.
             * @default null
             */
            card: string | null;
            /**
             * @description BT-90.
             * @default null
             */
            creditor_id: string | null;
            /**
             * @description BT-85: who holds the account; BT-88 on a card.
             * @default null
             */
            holder: string | null;
            /**
             * @description BT-84 the seller's account for a transfer; BT-91 the buyer's for a direct debit.
             * @default null
             */
            iban: string | null;
            /** @default null */
            kind: components["schemas"]["MeansKind"] | null;
            /**
             * @description BT-89.
             * @default null
             */
            mandate: string | null;
            /**
             * @description BT-83: what to write as the purpose.
             * @default null
             */
            reference: string | null;
        };
        /** @enum {string} */
        MeansKind: "transfer" | "direct_debit" | "card" | "cash";
        /**
         * @description An amount, and why.
         * @example {
         *       "amount": 1900,
         *       "why": "bank statement of 2026-11-21"
         *     }
         */
        Money: {
            /**
             * Format: int64
             * @description Minor units, above zero.
             */
            amount: number;
            /** @description Why, for the history. */
            why: string;
        };
        /** @description What the registering batch finds, and the caller cannot choose. */
        Numbering: {
            /**
             * Format: int64
             * @description BT-113: what the customer's balance paid.
             */
            balance_used: number;
            /** @description Unique; rises with time. */
            id: string;
            /**
             * Format: int64
             * @description When it was issued: µs since 1970 UTC; never before the one before it in its series.
             */
            issued_at_us: number;
            /** @description BT-2: the day of that moment where the seller is. */
            issued_on: components["schemas"]["Date"];
            /** @description BT-1: the invoice's number. */
            number: string;
            /** @description The part of the series that is counted by itself, for example the year. */
            period: string;
            /**
             * Format: int64
             * @description Its place there, from 1 without gaps.
             */
            sequence: number;
            /** @description The series that the number is from. */
            series: string;
        };
        /** @description How and until when to pay. */
        Payment: {
            /**
             * Format: int32
             * @description Days from the issue date to BT-9.
             */
            due_in_days?: number | null;
            due_on?: components["schemas"]["Date"] | null;
            /** @description BG-16. */
            means?: components["schemas"]["Means"][];
            /** @description BR-DE-18. */
            skonto?: components["schemas"]["Skonto"][];
            /** @description BT-20. */
            terms?: string | null;
        };
        /** @description How and until when to pay. */
        PaymentDraft: {
            /**
             * Format: int64
             * @description Days from the issue date; at most 1,000.
             * @default null
             */
            due_in_days: number | null;
            /** @default null */
            due_on: components["schemas"]["Date"] | null;
            /**
             * @description Ways to pay: at most 5.
             * @default null
             */
            means: components["schemas"]["MeansDraft"][] | null;
            /**
             * @description Skonto: at most 5.
             * @default null
             */
            skonto: components["schemas"]["SkontoDraft"][] | null;
            /**
             * @description BT-20: terms in words.
             * @default null
             */
            terms: string | null;
        };
        /** @description An invoice that this one is about (BG-3). */
        Preceding: {
            /** @description Its id. */
            id: string;
            /** @description BT-26. */
            issued_on: components["schemas"]["Date"];
            /** @description BT-25. */
            number: string;
        };
        /** @description What an invoice would be. */
        Preview: {
            /**
             * Format: int64
             * @description What the customer's balance would pay.
             */
            balance_used: number;
            /**
             * Format: int64
             * @description What would be left to pay, minor units; the balance may change until the invoice is registered.
             */
            due: number;
            /** @description What would be frozen. */
            invoice: components["schemas"]["Invoice"];
            /** @description What looks wrong and may be right. */
            warnings: components["schemas"]["Warning"][];
        };
        /** @enum {string} */
        Pricing: "gross" | "net";
        /** @description What went wrong (RFC 9457), with a stable code and what to do. */
        Problem: {
            /** @description Stable, for programs, for example `unknown-license`. */
            code: string;
            /** @description What happened this time. */
            detail?: string;
            /** @description Every fault. */
            errors?: components["schemas"]["Fault"][];
            /** @description What to do. */
            hint?: string;
            /** @description JSON pointer to the field, if it is about one. */
            pointer?: string;
            /** @description What to look for in the log. */
            request_id?: string;
            /** @description The HTTP status. */
            status: number;
            /** @description The kind in a few words. */
            title: string;
            /** @description `urn:kontor:problem:CODE`. */
            type: string;
        };
        /** @description Shows that a leaf belongs to a seal. Whether the seal is genuine, its signature says. */
        Proof: {
            /**
             * Format: int64
             * @description The leaf's place in the seal's run, from 0.
             */
            index: number;
            /** @description What is shown. */
            leaf: components["schemas"]["Leaf"];
            /** @description The hashes that lead to the root, from below. */
            path: components["schemas"]["Hash"][];
            /** @description The seal. */
            seal: components["schemas"]["Seal"];
        };
        /**
         * @description Percent, at most two digits behind the point
         * @example 19
         */
        Rate: string;
        /** @description A registered invoice, whole. Amounts are in minor units. */
        RegisteredInvoice: components["schemas"]["Document"] & {
            /**
             * Format: date-time
             * @description When it was issued: RFC 3339, UTC.
             */
            issued_at: string;
            keep_until?: components["schemas"]["Date"] | null;
            /** @description What made the invoice. */
            source: string;
            /** @description What has become of it by now. */
            state: components["schemas"]["State"];
        };
        /** @description A seal: the root of a run of leaves, and the digest of the seal before it. */
        Seal: {
            /**
             * Format: int64
             * @description When it was made: µs since 1970 UTC; never before the seal before it.
             */
            made_at_us: number;
            /** @description The digest of the seal before it; zeros for the first one. */
            previous: components["schemas"]["Hash"];
            /** @description The root of its tree. */
            root: components["schemas"]["Hash"];
            /**
             * Format: int64
             * @description Its place in the chain, from 1 without gaps.
             */
            sequence: number;
            /**
             * Format: int64
             * @description How many leaves the tree has; at least one.
             */
            size: number;
        };
        /** @description Who sells, as of the issue time (BG-4). Comes from the configuration and never from a caller. */
        Seller: {
            /** @description BT-37. */
            city: string;
            contact?: components["schemas"]["Contact"] | null;
            /** @description BT-40: ISO 3166-1, two letters. */
            country: string;
            electronic_address?: components["schemas"]["ElectronicAddress"] | null;
            /** @description Where customers reach the seller. */
            email?: string | null;
            /** @description BT-30: number in a register of companies. */
            legal_id?: string | null;
            /** @description BT-30-1: the register, ISO 6523. */
            legal_id_scheme?: string | null;
            /** @description BT-33: what else the law asks for, for example the managing directors (§ 35a GmbHG). */
            legal_note?: string | null;
            /** @description BT-27: person or company. */
            name: string;
            /** @description Whether this is a sample that is worth nothing. */
            sample?: boolean;
            /** @description Whether the seller is a small business of § 19 UStG and must not show tax. */
            small_business?: boolean;
            /** @description BT-35: street and number. */
            street: string;
            /** @description BT-36. */
            street_extra?: string | null;
            /** @description BT-32; this or the VAT id is there. */
            tax_number?: string | null;
            /** @description BT-31; this or the tax number is there. */
            vat_id?: string | null;
            /** @description BT-38. */
            zip: string;
        };
        /** @description What became of an invoice. */
        Settlement: {
            /**
             * Format: int64
             * @description By how much the customer's balance has changed.
             */
            balance_change: number;
            /**
             * Format: int64
             * @description What the balance paid.
             */
            balance_used: number;
            /** @description The invoice's id. */
            invoice: string;
            /**
             * Format: int64
             * @description What is still to be paid, minor units.
             */
            open: number;
            /** @description What was done. */
            operation: string;
            /**
             * Format: int64
             * @description What came in as money, less what was charged back.
             */
            paid: number;
            /**
             * Format: int64
             * @description What can be given back as money.
             */
            refundable: number;
            /** @description The state now. */
            state: components["schemas"]["State"];
            /** @description The state before. */
            state_before: components["schemas"]["State"];
            /**
             * Format: int64
             * @description The row of the history that was added.
             */
            version: number;
        };
        /** @description Less to pay for paying early. */
        Skonto: {
            /**
             * Format: int64
             * @description What it is of; all that is due if it is none.
             */
            base?: number | null;
            /**
             * Format: int32
             * @description Days from the issue date.
             */
            days: number;
            /** @description Percent. */
            percent: components["schemas"]["Rate"];
        };
        /** @description Less to pay for paying early (BR-DE-18). */
        SkontoDraft: {
            /**
             * Format: int64
             * @description What it is of, minor units; all that is due if it is left out.
             * @default null
             */
            base: number | null;
            /**
             * Format: int64
             * @description Days from the issue date, 1 to 1,000.
             * @default null
             */
            days: number | null;
            /** @default null */
            percent: components["schemas"]["Rate"] | null;
        };
        /** @enum {string} */
        State: "registered" | "partly_paid" | "paid" | "overdue" | "cancelled" | "refunded";
        /** @description A sum. Amounts are in minor units; those of cancellations and credits are positive and are taken back. */
        Sum: {
            /** @description Tax category. */
            category: components["schemas"]["Category"];
            /** @description ISO 4217 code. */
            currency: string;
            /**
             * Format: int64
             * @description How many invoices have such a tax.
             */
            invoices: number;
            /** @description What the invoices do. */
            kind: components["schemas"]["Kind"];
            /**
             * Format: int64
             * @description Without tax.
             */
            net: number;
            /** @description Percent. */
            rate: string;
            /** @description The invoices' state now. */
            state: components["schemas"]["State"];
            /**
             * Format: int64
             * @description The tax.
             */
            tax: number;
        };
        /** @description What was invoiced in a month. */
        Sums: {
            /** @description Year and month. */
            month: string;
            /** @description One for each kind, currency, category, rate and state. */
            sums: components["schemas"]["Sum"][];
        };
        /** @description The tax of one category and rate (BG-23). */
        TaxGroup: {
            /** @description BT-118. */
            category: components["schemas"]["Category"];
            /** @description BT-120. */
            exemption?: string | null;
            /** @description BT-121. */
            exemption_code?: string | null;
            /**
             * Format: int64
             * @description Both.
             */
            gross: number;
            /**
             * Format: int64
             * @description BT-116.
             */
            net: number;
            rate?: components["schemas"]["Rate"] | null;
            /**
             * Format: int64
             * @description BT-117.
             */
            tax: number;
        };
        UseBalance: ("none" | "all") | number;
        /** @description What looks wrong and may be right. */
        Warning: {
            /** @description Stable, for programs. */
            code: string;
            /** @description What it is. */
            detail: string;
            /** @description What to do. */
            hint: string;
            /** @description JSON pointer into the draft. */
            pointer: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getBalance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The customer's login. */
                login: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Balances"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    bookBalance: {
        parameters: {
            query?: never;
            header: {
                /** @description Makes the request safe to repeat for 30 days: the same key with the same request gives the very same answer and does nothing again. */
                "Idempotency-Key": string;
            };
            path: {
                /** @description The customer's login. */
                login: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Booking"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Balance"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key was used before for another request, or what is there already forbids this one. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInvoices: {
        parameters: {
            query?: {
                /** @description Where the last page ended: its `next`. */
                after?: string;
                /** @description Of this customer: the login. */
                customer?: string;
                /** @description Issued on this day or later. */
                from?: string;
                /** @description Of this gross amount or more, minor units. */
                gross_from?: number;
                /** @description Of this gross amount or less, minor units. */
                gross_to?: number;
                /** @description How many invoices at most; 50 if it is left out. */
                limit?: number;
                /** @description With this number. */
                number?: string;
                /** @description Of this series. */
                series?: string;
                /** @description In this state now. */
                state?: "registered" | "partly_paid" | "paid" | "overdue" | "cancelled" | "refunded";
                /** @description Issued on this day or before. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invoices"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createInvoice: {
        parameters: {
            query?: {
                /** @description `true` checks and computes, and registers nothing: no number is taken. */
                preview?: "true" | "false";
            };
            header: {
                /** @description Makes the request safe to repeat for 30 days: the same key with the same request gives the very same answer and does nothing again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Draft"];
            };
        };
        responses: {
            /** @description The preview; nothing is registered. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description Registered. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisteredInvoice"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key was used before for another request, or what is there already forbids this one. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInvoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The invoice's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisteredInvoice"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    useBalance: {
        parameters: {
            query?: never;
            header: {
                /** @description Makes the request safe to repeat for 30 days: the same key with the same request gives the very same answer and does nothing again. */
                "Idempotency-Key": string;
            };
            path: {
                /** @description The invoice's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Money"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key was used before for another request, or what is there already forbids this one. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelInvoice: {
        parameters: {
            query?: never;
            header: {
                /** @description Makes the request safe to repeat for 30 days: the same key with the same request gives the very same answer and does nothing again. */
                "Idempotency-Key": string;
            };
            path: {
                /** @description The invoice's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Draft"];
            };
        };
        responses: {
            /** @description Registered. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisteredInvoice"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key was used before for another request, or what is there already forbids this one. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recordChargeback: {
        parameters: {
            query?: never;
            header: {
                /** @description Makes the request safe to repeat for 30 days: the same key with the same request gives the very same answer and does nothing again. */
                "Idempotency-Key": string;
            };
            path: {
                /** @description The invoice's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Money"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key was used before for another request, or what is there already forbids this one. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    correctInvoice: {
        parameters: {
            query?: never;
            header: {
                /** @description Makes the request safe to repeat for 30 days: the same key with the same request gives the very same answer and does nothing again. */
                "Idempotency-Key": string;
            };
            path: {
                /** @description The invoice's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Draft"];
            };
        };
        responses: {
            /** @description Registered. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisteredInvoice"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key was used before for another request, or what is there already forbids this one. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInvoiceHistory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The invoice's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recordPayment: {
        parameters: {
            query?: never;
            header: {
                /** @description Makes the request safe to repeat for 30 days: the same key with the same request gives the very same answer and does nothing again. */
                "Idempotency-Key": string;
            };
            path: {
                /** @description The invoice's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Money"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key was used before for another request, or what is there already forbids this one. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getProof: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The invoice's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceProof"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recordRefund: {
        parameters: {
            query?: never;
            header: {
                /** @description Makes the request safe to repeat for 30 days: the same key with the same request gives the very same answer and does nothing again. */
                "Idempotency-Key": string;
            };
            path: {
                /** @description The invoice's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Money"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key was used before for another request, or what is there already forbids this one. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReceipt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description What the purchase was answered with. */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The invoice. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisteredInvoice"];
                    "text/html": string;
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not there, or not yet. */
            404: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sumInvoices: {
        parameters: {
            query: {
                /** @description Year and month, like `2026-11`. */
                month: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sums"];
                };
            };
            /** @description The request is no HTTP that makes sense. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No service token, or not a good one. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A parameter is not what the operation takes; `errors` lists every fault. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function failed; the detail names the request's id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not available for a moment, or overloaded. */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The function did not answer in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
