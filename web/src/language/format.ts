// Amounts, numbers and times as the visitor reads them.

import { locale } from "./language";

/** `amount` in minor units (cents for EUR, yen for JPY); the currency says how many digits it has. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(locale.value, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}

export function count(value: number): string {
  return new Intl.NumberFormat(locale.value).format(value);
}

/** A tax rate as the API writes it ("19", "7.5"), in percent. */
export function percent(rate: string): string {
  const format = new Intl.NumberFormat(locale.value, { style: "percent", maximumFractionDigits: 2 });
  return format.format(Number(rate) / 100);
}

export function clock(at: Date | number, seconds = false): string {
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  if (seconds) time.second = "2-digit";
  return new Intl.DateTimeFormat(locale.value, time).format(at);
}

export function dayAndClock(at: Date | number): string {
  const shape: Intl.DateTimeFormatOptions = { weekday: "short", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale.value, shape).format(at);
}

/** Day and time, as short as can be without doubt. */
export function moment(at: Date | number): string {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: "short", timeStyle: "short" }).format(at);
}

/** An amount as the API writes it ("0.000200"), with as many digits as it has. */
export function amount(text: string): string {
  return new Intl.NumberFormat(locale.value, { minimumFractionDigits: 2, maximumFractionDigits: 6 }).format(Number(text));
}

/** `us` microseconds in the unit that reads best. */
export function duration(us: number): string {
  const [value, unit] = us < 1000 ? [us, "µs"] : us < 1_000_000 ? [us / 1000, "ms"] : [us / 1_000_000, "s"];
  const digits = value >= 100 || unit === "µs" ? 0 : value >= 10 ? 1 : 2;
  return `${new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits }).format(value)} ${unit}`;
}

/** How long ago, in words. */
export function ago(ms: number): string {
  const format = new Intl.RelativeTimeFormat(locale.value, { numeric: "always", style: "short" });
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return format.format(-seconds, "second");
  if (seconds < 5400) return format.format(-Math.round(seconds / 60), "minute");
  return format.format(-Math.round(seconds / 3600), "hour");
}

export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let unit = 0;
  let value = size;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const shape: Intl.NumberFormatOptions = { style: "unit", unit: units[unit] ?? "byte", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale.value, shape).format(value);
}
