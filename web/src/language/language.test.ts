import { beforeAll, describe, expect, test, vi } from "vitest";

// The module reads the browser's wishes when it is loaded.
beforeAll(() => vi.stubGlobal("navigator", { languages: ["de-AT", "en"] }));

describe("the page's language", () => {
  test.each([
    [["de-AT", "en"], "de"],
    [["fr", "en-GB", "de"], "en"],
    [["EN"], "en"],
    [["fr", "it"], "en"],
    [[], "en"],
    // Low German is not German, though it begins like it.
    [["den", "de"], "de"],
  ])("for %j is %s", async (wanted, language) => {
    const { chooseLanguage } = await import("./language");
    expect(chooseLanguage(wanted)).toBe(language);
  });
});

describe("amounts and times", () => {
  const plain = (text: string) => text.replaceAll(/\s/g, " ");

  // How a currency is written differs between versions of the Unicode data; its digits do not.
  test.each([
    [1900, "EUR", "19,00"],
    [5, "EUR", "0,05"],
    [123_456_789, "EUR", "1.234.567,89"],
    [380, "JPY", "380"],
    [12_345, "KWD", "12,345"],
  ])("%i minor units of %s are %s", async (amount, currency, digits) => {
    const { money } = await import("./format");
    const shown = money(amount, currency).replaceAll(/[^\d.,\s]/g, "").trim();
    expect(shown.replaceAll(/\s/g, ".")).toBe(digits);
  });

  test.each([
    [0, "0 µs"],
    [999, "999 µs"],
    [1000, "1 ms"],
    [12_340, "12,3 ms"],
    [2_500_000, "2,5 s"],
  ])("%i µs are %s", async (us, shown) => {
    const { duration } = await import("./format");
    expect(plain(duration(us))).toBe(shown);
  });
});
