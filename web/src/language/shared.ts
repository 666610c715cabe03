// Texts that several pages show: the frame, and what went wrong.

import { dictionary } from "./language";

export const shared = dictionary({
  en: {
    skip: "Skip to content",
    pages: "Pages",
    shop: "Shop",
    sales: "Sales",
    check: "Check an invoice",
    api: "API",
    language: "Language",
    footer: "Every purchase is one durable commit, made in a sandbox. Its invoice follows a moment later.",
    retry: "Try again",
    problem: {
      offlineTitle: "No connection",
      offline: "The server cannot be reached. Check your connection, then try again. Nothing you entered is lost.",
      busyTitle: "Busy right now",
      busy: (seconds: number) =>
        seconds > 1
          ? `The server has no room at the moment. Try again in ${seconds} seconds.`
          : "The server has no room at the moment. Try again in a second.",
      brokenTitle: "This did not work",
      broken: "The server made a mistake. Try again; if it stays, tell us the number below.",
      slow: "The server took too long. Try again: a purchase that did go through is not made a second time.",
      changed: "This attempt was already used for another purchase. Start it again.",
      invalid: "Some details need another look.",
      requestId: "Request",
    },
  },
  de: {
    skip: "Zum Inhalt springen",
    pages: "Seiten",
    shop: "Shop",
    sales: "Verkäufe",
    check: "Rechnung prüfen",
    api: "API",
    language: "Sprache",
    footer: "Jeder Kauf ist ein dauerhaft gespeicherter Vorgang in einer Sandbox. Die Rechnung folgt einen Moment später.",
    retry: "Noch einmal versuchen",
    problem: {
      offlineTitle: "Keine Verbindung",
      offline:
        "Der Server ist nicht zu erreichen. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal. Ihre Eingaben bleiben erhalten.",
      busyTitle: "Gerade ausgelastet",
      busy: (seconds: number) =>
        seconds > 1
          ? `Der Server hat im Moment keinen Platz. Versuchen Sie es in ${seconds} Sekunden noch einmal.`
          : "Der Server hat im Moment keinen Platz. Versuchen Sie es in einer Sekunde noch einmal.",
      brokenTitle: "Das hat nicht geklappt",
      broken: "Dem Server ist ein Fehler unterlaufen. Versuchen Sie es noch einmal; bleibt er, nennen Sie uns die Nummer unten.",
      slow: "Der Server hat zu lange gebraucht. Versuchen Sie es noch einmal: ein bereits gelungener Kauf wird nicht doppelt ausgeführt.",
      changed: "Dieser Versuch gehört schon zu einem anderen Kauf. Beginnen Sie ihn neu.",
      invalid: "Einige Angaben stimmen noch nicht.",
      requestId: "Anfrage",
    },
  },
});
