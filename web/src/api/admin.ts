// The admin listener, as the dashboard uses it: to look, and, with the admin key, to put things right.

import { request } from "./request";

export interface Pool {
  /** Instances that wait for a call. */
  idle: number;
  /** Calls under way. */
  in_flight: number;
  /** Calls that wait for an instance. */
  queued: number;
  /** Instances made since the start. */
  made: number;
  /** Instances given up since the start: used often enough, or trapped. */
  retired: number;
}

export interface Operation {
  operation: string;
  method: string;
  path: string;
  requests: number;
  errors: number;
  p50_us: number;
  p99_us: number;
}

/** Something that a function does at certain times. */
export interface Schedule {
  name: string;
  cron: string;
  /** IANA name. */
  time_zone: string;
  /** When it is due next, ms since 1970. */
  next_ms: number | null;
  state: "none" | "running" | "done" | "failed" | "interrupted";
  /** When the last run was due, ms since 1970; null if there was none. */
  due_ms: number | null;
  error: string | null;
}

export interface FunctionState {
  name: string;
  version: string;
  /** Of its component, hexadecimal. */
  hash: string;
  origin: "bundled" | "deployed";
  /** Its own address, with the protocol. */
  host: string;
  /** Names of the events that it takes. */
  subscriptions: string[];
  /** What it is called for at certain times. */
  schedules: Schedule[];
  pool: Pool;
  operations: Operation[];
  database: { state: "ok" | "read-only" | "stopped"; reason: string | null };
}

/** Events of one function that are not delivered yet. */
export interface EventBacklog {
  source: string;
  rows: number;
  bytes: number;
  /** Age of the oldest, ms; null where none waits. */
  oldest_ms: number | null;
  dead: number;
}

export interface Overview {
  version: string;
  dev: boolean;
  /** ms since 1970. */
  started_ms: number;
  ready: boolean;
  problems: string[];
  /** What waits for the operator although the program is ready. */
  warnings: string[];
  functions: FunctionState[];
  events: EventBacklog[];
}

export interface Span {
  name: string;
  /** 0 is the edge. */
  depth: number;
  start_us: number;
  duration_us: number;
}

export interface Trace {
  id: string;
  name: string;
  function: string;
  status: number;
  /** When it was done, ms since 1970. */
  time_ms: number;
  duration_us: number;
  spans: Span[];
}

/** An event that failed at a subscriber and is tried again, or not any more. */
export interface FailedEvent {
  source: string;
  subscriber: string;
  id: string;
  name: string;
  key: string;
  failed: number;
  error: string | null;
  dead: boolean;
  next_ms: number | null;
  time_ms: number;
}

/** What an operation or a function used. Amounts are text with six decimals. */
export interface Used {
  requests: number;
  errors: number;
  /** Those that the function was at work for. */
  calls: number;
  cpu_ms: number;
  gb_seconds: number;
  received_bytes: number;
  sent_bytes: number;
  rows: number;
  cost: string;
}

/** What is left of what a function or one of its callers may use. */
export interface Budget {
  function: string;
  /** null: all callers together. */
  caller: string | null;
  per: "hour" | "day";
  requests: number;
  requests_max: number | null;
  money: string;
  money_max: string | null;
  percent: number;
  /** ms since 1970. */
  resets_ms: number;
}

export interface Usage {
  /** ms since 1970. */
  since_ms: number;
  /** ISO 4217. */
  currency: string;
  cost: string;
  functions: { function: string; total: Used; operations: (Used & { operation: string })[] }[];
  budgets: Budget[];
}

/** A function that is there, or was spoken of. */
export interface Installed {
  name: string;
  state: "live" | "off" | "dark";
  version: string | null;
  hash: string | null;
  origin: "bundled" | "deployed" | null;
  /** Of the deployment that is to serve; null if the bundled one is. */
  number: number | null;
  bundled: boolean;
  /** What it was granted; `*` is everything. */
  grants: string[];
}

/** A version that is kept. */
export interface Kept {
  number: number;
  version: string;
  hash: string;
  who: string;
  /** ms since 1970. */
  deployed_ms: number;
  serves: boolean;
}

/** A function with everything about it. */
export interface Whole extends Installed {
  asks: string[];
  configured: string[];
  granted: string[];
  limits: [string, string][];
  versions: Kept[];
  failure: string | null;
}

/** Something did not go live. */
export interface FailedDeployment {
  /** The function's name or the file's. */
  what: string;
  reason: string;
  /** ms since 1970. */
  since_ms: number;
}

export interface Listed {
  functions: Installed[];
  failures: FailedDeployment[];
}

const withKey = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
const path = (name: string, what = "") => `/api/functions/${encodeURIComponent(name)}${what}`;

export const functions = (signal: AbortSignal): Promise<Listed> => request("/api/functions", { signal });
export const whole = (name: string): Promise<Whole> => request(path(name));
/** Throws where the key is not the program's. */
export const tryKey = (key: string): Promise<unknown> => request("/api/tokens", withKey(key));
export const rollBack = (key: string, name: string, number: number): Promise<unknown> =>
  request(path(name, "/rollback"), { method: "POST", body: { number }, ...withKey(key) });
export const switchTo = (key: string, name: string, on: boolean): Promise<unknown> =>
  request(path(name, on ? "/enable" : "/disable"), { method: "POST", ...withKey(key) });
export const remedy = (key: string, what: "replay" | "skip", { source, subscriber, id }: FailedEvent): Promise<unknown> =>
  request(`/api/events/${what}`, { method: "POST", body: { source, subscriber, id: Number(id) }, ...withKey(key) });

export const usage = (signal: AbortSignal): Promise<Usage> => request("/api/usage", { signal });
export const overview = (signal: AbortSignal): Promise<Overview> => request("/api/overview", { signal });
export const traces = (signal: AbortSignal): Promise<Trace[]> => request("/api/traces", { signal });
export const failedEvents = (signal: AbortSignal): Promise<FailedEvent[]> => request("/api/events", { signal });
