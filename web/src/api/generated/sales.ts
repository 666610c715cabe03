// Generated from functions/sales/openapi.json by scripts/client.mjs. Do not edit.

export interface paths {
    "/api/buy_mpi": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Buys a licence
         * @description Durable once it is answered. The invoice follows a moment later under the given id; `receipt` shows it to whoever has the link. Above the configured gross amount (250.00 EUR) `customer` is required.
         */
        post: operations["buyLicense"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/get_current_money": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Number of sales and turnover
         * @description Counted along with each sale, so it is the same work however many there are.
         */
        get: operations["getCurrentMoney"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/licenses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Licences and their gross prices, in the order in which they are shown */
        get: operations["listLicenses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sales": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Empties the sales
         * @description Sales and totals go; invoices stay, since nothing can delete an invoice.
         */
        delete: operations["resetSales"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sales_per_hour": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sales and turnover of the latest hours, without hours that have no sale */
        get: operations["salesPerHour"];
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
        /** @description A purchase that was made. */
        Bought: {
            /** @description Its invoice, which follows a moment later. */
            invoice: components["schemas"]["InvoiceReference"];
            /** @description The receipt's path. Whoever has it sees the receipt; nobody can guess it. */
            receipt: string;
            /** @description The receipt's whole address. */
            receipt_url: string;
            /** @description The sale. */
            sale: components["schemas"]["Sale"];
        };
        /** @description Number of sales and turnover. */
        CurrentMoney: {
            /**
             * @description ISO 4217 code.
             * @example EUR
             */
            currency: string;
            /**
             * Format: int64
             * @description How many sales there are.
             * @example 3
             */
            sales: number;
            /**
             * Format: int64
             * @description Their gross amounts together, minor units.
             * @example 11700
             */
            turnover: number;
        };
        /** @description A customer, as the invoice will show it. It is copied into the invoice and never changes there. */
        Customer: {
            /** @description Town. */
            city: string;
            /** @description Country: two letters of ISO 3166-1, for example `DE`. */
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
        /** @description What was deleted. */
        Deleted: {
            /**
             * Format: int64
             * @description How many sales there were.
             * @example 3
             */
            deleted: number;
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
        /** @description One hour. */
        Hour: {
            /**
             * Format: date-time
             * @description When it begins: RFC 3339, UTC.
             * @example 2026-11-21T10:00:00Z
             */
            hour: string;
            /**
             * Format: int64
             * @description How many sales.
             */
            sales: number;
            /**
             * Format: int64
             * @description Their gross amounts together, minor units.
             */
            turnover: number;
        };
        /** @description Names an invoice. */
        InvoiceReference: {
            /** @description Its id. */
            id: string;
        };
        /** @description A licence. */
        License: {
            /**
             * Format: int64
             * @description Gross price in minor units.
             * @example 1900
             */
            gross: number;
            /**
             * @description Its name, as `buyLicense` takes it.
             * @example basic
             */
            license: string;
        };
        /** @description Licences and prices. */
        Licenses: {
            /**
             * @description ISO 4217 code.
             * @example EUR
             */
            currency: string;
            /** @description In the order in which they are shown. */
            licenses: components["schemas"]["License"][];
            /**
             * @description Tax within the prices, percent.
             * @example 19
             */
            tax_rate: string;
        };
        /**
         * @description A purchase.
         * @example {
         *       "license": "basic",
         *       "quantity": 1
         *     }
         */
        Order: {
            customer?: components["schemas"]["Customer"] | null;
            /** @description The licence's name, as `listLicenses` gives it. */
            license: string;
            /** @description How many; 1 if it is left out. */
            quantity?: number | null;
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
        /** @description A sale. Amounts are in minor units. */
        Sale: {
            /**
             * @description ISO 4217 code.
             * @example EUR
             */
            currency: string;
            /**
             * Format: int64
             * @description What was paid.
             * @example 1900
             */
            gross: number;
            /** @description Unique; rises with time. */
            id: string;
            /**
             * @description The licence's name.
             * @example basic
             */
            license: string;
            /**
             * Format: int64
             * @description Without tax.
             * @example 1597
             */
            net: number;
            /**
             * Format: int64
             * @description How many.
             */
            quantity: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            sold_at: string;
            /**
             * Format: int64
             * @description The tax.
             * @example 303
             */
            tax: number;
            /**
             * @description Percent.
             * @example 19
             */
            tax_rate: string;
            /**
             * Format: int64
             * @description Gross price of one.
             * @example 1900
             */
            unit_gross: number;
        };
        /** @description Sales by hour. */
        SalesPerHour: {
            /**
             * @description ISO 4217 code.
             * @example EUR
             */
            currency: string;
            /** @description Hours with sales, oldest first. */
            hours: components["schemas"]["Hour"][];
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
    buyLicense: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat for 30 days: the same key with the same request gives the very same answer and does nothing again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Order"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bought"];
                };
            };
            /** @description The body is no JSON, or the request no HTTP. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The idempotency key was used before for another request. */
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
            /** @description The request is understood but cannot be done; `errors` lists every fault. */
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
    getCurrentMoney: {
        parameters: {
            query?: never;
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
                    "application/json": components["schemas"]["CurrentMoney"];
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
    listLicenses: {
        parameters: {
            query?: never;
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
                    "application/json": components["schemas"]["Licenses"];
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
    resetSales: {
        parameters: {
            query?: never;
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
                    "application/json": components["schemas"]["Deleted"];
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
    salesPerHour: {
        parameters: {
            query?: {
                /** @description How many hours, the current one included; 24 if it is left out. */
                hours?: number;
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
                    "application/json": components["schemas"]["SalesPerHour"];
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
