// The admin listener, as the dashboard uses it: to look, never to change.

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

export const overview = (signal: AbortSignal): Promise<Overview> => request("/api/overview", { signal });
export const traces = (signal: AbortSignal): Promise<Trace[]> => request("/api/traces", { signal });
export const failedEvents = (signal: AbortSignal): Promise<FailedEvent[]> => request("/api/events", { signal });
