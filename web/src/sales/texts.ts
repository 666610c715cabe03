// What the sales overview says.

import { dictionary } from "@/language/language";

export const texts = dictionary({
  en: {
    title: "Sales – Kontor",
    heading: "Sales",
    sales: "Number of sales",
    turnover: "Turnover",
    live: (time: string) => `Live, as of ${time}`,
    stale: (time: string) => `Not live: as of ${time}`,
    never: "Not live yet",
    chart: "Sales per hour, the last 24 hours",
    empty: "Nothing sold in the last 24 hours. The first sale shows up here by itself.",
    table: "The same as a table",
    hour: "Hour",
    count: "Sales",
    chartText: (sales: string, peak: string) => `Bar chart of the sales in each of the last 24 hours: ${sales} in all, at most ${peak} in an hour.`,
  },
  de: {
    title: "Verkäufe – Kontor",
    heading: "Verkäufe",
    sales: "Anzahl der Verkäufe",
    turnover: "Umsatz",
    live: (time: string) => `Live, Stand ${time}`,
    stale: (time: string) => `Nicht live: Stand ${time}`,
    never: "Noch nicht live",
    chart: "Verkäufe je Stunde, letzte 24 Stunden",
    empty: "In den letzten 24 Stunden wurde nichts verkauft. Der erste Verkauf erscheint hier von selbst.",
    table: "Dasselbe als Tabelle",
    hour: "Stunde",
    count: "Verkäufe",
    chartText: (sales: string, peak: string) =>
      `Balkendiagramm der Verkäufe in jeder der letzten 24 Stunden: insgesamt ${sales}, höchstens ${peak} in einer Stunde.`,
  },
});
