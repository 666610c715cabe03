// Which language a page speaks: the visitor's choice, else the first one of the browser's that we have.

import { computed, ref, watchEffect, type ComputedRef } from "vue";

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

const REMEMBERED = "kontor-language";

function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

/** The first of `wanted` (BCP 47 tags, best first) that we speak; English if there is none. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split("-")[0];
    if (isLanguage(primary)) return primary;
  }
  return "en";
}

function remembered(): Language | null {
  try {
    const value = localStorage.getItem(REMEMBERED);
    return isLanguage(value) ? value : null;
  } catch {
    // Storage can be forbidden; the switch then holds for this page only.
    return null;
  }
}

export const language = ref<Language>(remembered() ?? chooseLanguage(navigator.languages));

/** The visitor's own locale where it fits the page's language (de-AT, en-GB), so that dates look familiar. */
export const locale = computed<string>(
  () => navigator.languages.find((tag) => tag.toLowerCase().startsWith(language.value)) ?? language.value,
);

export function speak(wanted: Language): void {
  language.value = wanted;
  try {
    localStorage.setItem(REMEMBERED, wanted);
  } catch {
    // See `remembered`.
  }
}

/** Keeps `<html lang>` and the title in step with the page's language. */
export function useDocumentLanguage(title: () => string): void {
  watchEffect(() => {
    document.documentElement.lang = language.value;
    document.title = title();
  });
}

/** A page's texts. The second language has exactly the first one's keys and shapes: a missing one is a type error. */
export function dictionary<T>(texts: { en: T; de: NoInfer<T> }): ComputedRef<T> {
  return computed(() => texts[language.value]);
}
