// Something that changes the program: what is under way, what came of it, and why it failed.

import { ref, shallowRef } from "vue";
import { keep, key } from "./key";
import { failureOf, type Failure } from "@/api/request";

export function useOrders(done: () => void) {
  /** What is under way, by the name that was given; null if nothing is. */
  const busy = ref<string | null>(null);
  const failure = shallowRef<Failure | null>(null);
  /** What was done last, in words for everybody who has the page read out. */
  const outcome = ref("");

  /** Carries one order out; a second one waits for nobody and is not begun. */
  async function order(name: string, words: string, send: (key: string) => Promise<unknown>): Promise<void> {
    if (busy.value !== null || key.value === null) return;
    [busy.value, failure.value, outcome.value] = [name, null, ""];
    try {
      await send(key.value);
      outcome.value = words;
      done();
    } catch (error) {
      failure.value = failureOf(error);
      // The program was started anew, and has another key.
      if (failure.value.kind === "problem" && failure.value.problem.status === 401) keep(null);
    } finally {
      busy.value = null;
    }
  }

  return { busy, failure, outcome, order };
}
