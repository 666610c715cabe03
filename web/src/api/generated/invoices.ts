// Generated from functions/invoices/openapi.json by scripts/client.mjs. Do not edit.

export interface paths {
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
        post?: never;
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
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Who bought, copied as it was given then. */
        Buyer: {
            /** @description Town. */
            city: string;
            /** @description ISO 3166-1, two letters. */
            country: string;
            /** @description Where to reach the customer. */
            email?: string | null;
            /** @description Unique name with the shop. */
            login: string;
            /** @description Person or company. */
            name: string;
            /** @description Street and number. */
            street: string;
            /** @description Postal code. */
            zip: string;
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
        /** @description An invoice. Amounts are in minor units. */
        Invoice: {
            buyer?: components["schemas"]["Buyer"] | null;
            /**
             * @description ISO 4217 code.
             * @example EUR
             */
            currency: string;
            /**
             * Format: int64
             * @description What was paid.
             */
            gross: number;
            /** @description Unique; rises with time. */
            id: string;
            /**
             * Format: date-time
             * @description When it was issued: RFC 3339, UTC.
             */
            issued_at: string;
            /** @description What was sold. */
            lines: components["schemas"]["Line"][];
            /** @description The buyer's login; `guest-…` for an anonymous one. */
            login: string;
            /**
             * Format: int64
             * @description Without tax.
             */
            net: number;
            /**
             * @description The invoice's number.
             * @example RE-2026-000001
             */
            number: string;
            /** @description Who sells. */
            seller: components["schemas"]["Seller"];
            /**
             * Format: int64
             * @description Its place in the series' year, from 1 without gaps.
             * @example 1
             */
            sequence: number;
            /**
             * @description The series that the number is from.
             * @example RE
             */
            series: string;
            /** @description What made the invoice: the function and its sale. */
            source: string;
            /**
             * Format: date-time
             * @description When it was supplied: RFC 3339, UTC.
             */
            supplied_at: string;
            /**
             * Format: int64
             * @description The tax.
             */
            tax: number;
            /**
             * @description Percent.
             * @example 19
             */
            tax_rate: string;
        };
        /** @description A page of invoices. */
        Invoices: {
            /** @description In the order of their numbers. */
            invoices: components["schemas"]["Invoice"][];
            /** @description What to ask for as `after`; null on the last page. */
            next?: string | null;
        };
        /** @description A line. Amounts are in minor units. */
        Line: {
            /**
             * Format: int64
             * @description What was paid for the line.
             */
            gross: number;
            /**
             * @description What.
             * @example basic
             */
            name: string;
            /**
             * Format: int64
             * @description The line without tax; the lines' nets sum to the invoice's.
             */
            net: number;
            /**
             * Format: int64
             * @description How many.
             */
            quantity: number;
            /**
             * Format: int64
             * @description Gross price of one.
             */
            unit_gross: number;
        };
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
        /** @description The seller, as it is copied into each invoice. */
        Seller: {
            /** @description Town. */
            city: string;
            /** @description ISO 3166-1, two letters. */
            country: string;
            /** @description Where to reach the seller. */
            email?: string | null;
            /** @description Person or company. */
            name: string;
            /** @description Whether this is a sample that is worth nothing. */
            sample: boolean;
            /** @description Street and number. */
            street: string;
            /** @description Tax number; this or the VAT id is there. */
            tax_number?: string | null;
            /** @description VAT id; this or the tax number is there. */
            vat_id?: string | null;
            /** @description Postal code. */
            zip: string;
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
    listInvoices: {
        parameters: {
            query?: {
                /** @description Where the last page ended: its `next`. */
                after?: string;
                /** @description How many invoices at most; 50 if it is left out. */
                limit?: number;
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
                    "application/json": components["schemas"]["Invoice"];
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
                    "application/json": components["schemas"]["Invoice"];
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
}
