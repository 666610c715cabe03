// What the page says.

import { dictionary } from "@/language/language";

export const texts = dictionary({
  en: {
    title: "How to check an invoice yourself – Kontor",
    heading: "How to check an invoice yourself",
    why: "Every invoice is put under a seal about a second after it was issued. The seal shows that the invoice has not been changed since, and nobody has to be believed for that: neither the seller nor Kontor.",
    seal: "What a seal is",
    sealText: [
      "The invoice's content, as it was frozen, has a fingerprint (SHA-256). Number, time and fingerprint together are a leaf.",
      "The leaves of all new invoices become a tree of fingerprints with one root. A few fingerprints, the path, lead from a leaf to that root.",
      "The seal holds the root and the fingerprint of the seal before it, and is signed (Ed25519). So whoever changed one invoice would have to change every seal since, and copies of the seals are kept elsewhere.",
    ],
    steps: "Three steps",
    stepTexts: [
      "Get the proof of the invoice from the seller: a small file of JSON. A service with a token for invoices:read gets it so:",
      "Get the seller's public key in another way than the proof, for example from the imprint. The seller prints it so:",
      "Run the script. It needs Python 3 and one package, and asks no server:",
    ],
    answer: "It says ok with number and amount, or WRONG and why. Then look whether number and amount are those on your invoice.",
    script: "The script",
    scriptText: "It has fewer than 30 lines, so that you can read it before you trust it.",
    download: "Download check-invoice.py",
    missing: "The script cannot be shown here now; the link above still works.",
    limits: "What it does not show",
    limitsText:
      "A proof says that this invoice was registered like this. Whether it was paid or cancelled since is not part of it; and whether a number is missing elsewhere is for the seller's auditor to see, who checks everything with kontor verify.",
    footer: "This page asks nothing of you and sends nothing.",
  },
  de: {
    title: "So prüfen Sie eine Rechnung selbst – Kontor",
    heading: "So prüfen Sie eine Rechnung selbst",
    why: "Jede Rechnung kommt etwa eine Sekunde nach ihrer Ausstellung unter ein Siegel. Das Siegel zeigt, dass die Rechnung seither nicht geändert wurde, und dafür muss man niemandem glauben: weder dem Verkäufer noch Kontor.",
    seal: "Was ein Siegel ist",
    sealText: [
      "Der festgeschriebene Inhalt der Rechnung hat einen Fingerabdruck (SHA-256). Nummer, Zeit und Fingerabdruck zusammen sind ein Blatt.",
      "Aus den Blättern aller neuen Rechnungen wird ein Baum von Fingerabdrücken mit einer Wurzel. Wenige Fingerabdrücke, der Pfad, führen von einem Blatt zu dieser Wurzel.",
      "Das Siegel enthält die Wurzel und den Fingerabdruck des Siegels davor und ist unterschrieben (Ed25519). Wer eine Rechnung änderte, müsste also jedes Siegel seither ändern, und Kopien der Siegel liegen anderswo.",
    ],
    steps: "Drei Schritte",
    stepTexts: [
      "Lassen Sie sich vom Verkäufer den Nachweis zur Rechnung geben: eine kleine JSON-Datei. Ein Dienst mit einem Token für invoices:read holt ihn so:",
      "Besorgen Sie sich den öffentlichen Schlüssel des Verkäufers auf einem anderen Weg als den Nachweis, etwa aus dem Impressum. Der Verkäufer zeigt ihn so an:",
      "Starten Sie das Skript. Es braucht Python 3 und ein Paket und fragt keinen Server:",
    ],
    answer: "Es sagt ok mit Nummer und Betrag, oder WRONG und warum. Sehen Sie dann nach, ob Nummer und Betrag die auf Ihrer Rechnung sind.",
    script: "Das Skript",
    scriptText: "Es hat weniger als 30 Zeilen, damit Sie es lesen können, bevor Sie ihm vertrauen.",
    download: "check-invoice.py herunterladen",
    missing: "Das Skript kann hier gerade nicht gezeigt werden; der Link darüber geht trotzdem.",
    limits: "Was es nicht zeigt",
    limitsText:
      "Ein Nachweis sagt, dass diese Rechnung so registriert wurde. Ob sie seither bezahlt oder storniert wurde, gehört nicht dazu; und ob anderswo eine Nummer fehlt, sieht der Prüfer des Verkäufers, der mit kontor verify alles prüft.",
    footer: "Diese Seite fragt Sie nichts und sendet nichts.",
  },
});
