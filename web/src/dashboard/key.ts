// The admin key, for as long as this tab is open: it changes with every start of the program anyway.

import { ref } from "vue";

const REMEMBERED = "kontor-admin-key";

function remembered(): string | null {
  try {
    return sessionStorage.getItem(REMEMBERED);
  } catch {
    // Storage can be forbidden; the key then holds until the page is loaded anew.
    return null;
  }
}

/** null as long as one can only look. */
export const key = ref<string | null>(remembered());

export function keep(wanted: string | null): void {
  key.value = wanted;
  try {
    if (wanted === null) sessionStorage.removeItem(REMEMBERED);
    else sessionStorage.setItem(REMEMBERED, wanted);
  } catch {
    // See `remembered`.
  }
}
