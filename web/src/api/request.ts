// One HTTP call to the program's own host, and what can go wrong with it.

import type { components } from "./generated/sales";

/** RFC 9457 `application/problem+json`, as every part of Kontor answers it. */
export type Problem = components["schemas"]["Problem"];
/** One fault in what was sent. */
export type Fault = components["schemas"]["Fault"];

/** Why a call has no answer that can be used. */
export type Failure =
  /** Nothing came back: no network, no server, or longer than the deadline. */
  | { kind: "offline" }
  /** The server said what is wrong. */
  | { kind: "problem"; problem: Problem; retryAfterMs: number | null }
  /** An answer that is not ours, for example a proxy's error page. */
  | { kind: "unreadable"; status: number; requestId: string | null };

export class RequestFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.kind === "problem" ? `${failure.problem.status} ${failure.problem.code}` : failure.kind);
    this.failure = failure;
  }
}

/** The failure in whatever was thrown. Errors of the page itself are thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestFailed) return error.failure;
  throw error;
}

const DEADLINE_MS = 15_000;

export interface Call {
  method?: "GET" | "POST";
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

function problemIn(text: string): Problem | null {
  try {
    const value: unknown = JSON.parse(text);
    const found = typeof value === "object" && value !== null && "code" in value && "title" in value;
    return found ? (value as Problem) : null;
  } catch {
    return null;
  }
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}

async function failed(response: Response, text: string): Promise<never> {
  const problem = problemIn(text);
  if (problem) throw new RequestFailed({ kind: "problem", problem, retryAfterMs: retryAfter(response) });
  const requestId = response.headers.get("x-request-id");
  throw new RequestFailed({ kind: "unreadable", status: response.status, requestId });
}

/** Calls `path` and reads JSON. Throws `RequestFailed` and nothing else. */
export async function request<T>(path: string, call: Call = {}): Promise<T> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const init: RequestInit = {
    method: call.method ?? "GET",
    headers: { accept: "application/json", ...call.headers },
    signal: call.signal ? AbortSignal.any([deadline, call.signal]) : deadline,
    cache: "no-store",
  };
  if (call.body !== undefined) {
    init.body = JSON.stringify(call.body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, init);
    text = await response.text();
  } catch {
    throw new RequestFailed({ kind: "offline" });
  }
  if (!response.ok) return failed(response, text);
  // Done, and nothing to say.
  if (response.status === 204) return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    return failed(response, text);
  }
}
