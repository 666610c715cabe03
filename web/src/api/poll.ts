// Asks again and again while somebody looks: not in a hidden tab, and slower and slower while it fails.

import { onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { failureOf, type Failure } from "./request";

export interface Poll<T> {
  data: ShallowRef<T | null>;
  /** Why the last attempt failed; null after one that did not. */
  failure: ShallowRef<Failure | null>;
  /** When `data` came: ms since 1970. */
  at: Ref<number | null>;
  paused: Ref<boolean>;
  /** Asks now. */
  now: () => void;
}

const SLOWEST_MS = 30_000;

/** The wait after `failures` failed attempts in a row. */
export function nextPause(everyMs: number, failures: number): number {
  return Math.min(everyMs * 2 ** Math.min(failures, 10), Math.max(SLOWEST_MS, everyMs));
}

export function usePoll<T>(ask: (signal: AbortSignal) => Promise<T>, everyMs: number): Poll<T> {
  const data = shallowRef<T | null>(null);
  const failure = shallowRef<Failure | null>(null);
  const at = ref<number | null>(null);
  const paused = ref(false);
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underWay: AbortController | null = null;

  const idle = () => document.hidden || paused.value;

  function schedule(): void {
    clearTimeout(timer);
    if (!idle()) timer = setTimeout(() => void round(), nextPause(everyMs, failures));
  }

  async function round(): Promise<void> {
    underWay?.abort();
    const mine = new AbortController();
    underWay = mine;
    try {
      const answer = await ask(mine.signal);
      if (mine.signal.aborted) return;
      data.value = answer;
      at.value = Date.now();
      failure.value = null;
      failures = 0;
    } catch (error) {
      if (mine.signal.aborted) return;
      failure.value = failureOf(error);
      failures += 1;
    }
    schedule();
  }

  function look(): void {
    clearTimeout(timer);
    if (!idle()) void round();
  }

  function now(): void {
    failures = 0;
    void round();
  }

  watch(paused, look);
  onMounted(() => {
    document.addEventListener("visibilitychange", look);
    window.addEventListener("online", look);
    void round();
  });
  onBeforeUnmount(() => {
    document.removeEventListener("visibilitychange", look);
    window.removeEventListener("online", look);
    clearTimeout(timer);
    underWay?.abort();
  });

  return { data, failure, at, paused, now };
}
