// What the shop says.

import { dictionary } from "@/language/language";

export interface LicenseText {
  name: string;
  forWhom: string;
  contents: string[];
}

interface ShopTexts {
  title: string;
  heading: string;
  lead: string;
  loading: string;
  licenses: Record<string, LicenseText>;
  taxIncluded: (rate: string) => string;
  quantity: string;
  quantityOf: (name: string) => string;
  fewer: (name: string) => string;
  more: (name: string) => string;
  buy: string;
  buyFor: (amount: string) => string;
  buyName: (name: string) => string;
  buying: string;
  bought: (name: string) => string;
  invoiceWaiting: string;
  invoice: string;
  openInvoice: (number: string) => string;
  invoiceLate: string;
  openReceipt: string;
  newTab: string;
  purchases: string;
  when: string;
  what: string;
  amount: string;
  total: string;
  address: {
    heading: string;
    reason: (order: string) => string;
    legend: string;
    login: string;
    loginHint: string;
    name: string;
    street: string;
    zip: string;
    city: string;
    country: string;
    send: (amount: string) => string;
    cancel: string;
    faults: { missing: string; tooLong: string; tooShort: string; notOneOf: string; other: string };
  };
}

export const texts = dictionary<ShopTexts>({
  en: {
    title: "Licences – Kontor",
    heading: "Choose a licence",
    lead: "One click buys it. The invoice is written at once and stays here to open.",
    loading: "Fetching the prices …",
    licenses: {
      basic: {
        name: "Basic",
        forWhom: "For one person",
        contents: ["One workplace", "Updates for a year", "Help by e-mail"],
      },
      pro: {
        name: "Pro",
        forWhom: "For a small team",
        contents: ["Up to five workplaces", "Updates for two years", "An answer within one working day"],
      },
      enterprise: {
        name: "Enterprise",
        forWhom: "For the whole house",
        contents: ["Every workplace at one site", "Updates for five years", "A person you know, by telephone"],
      },
    },
    taxIncluded: (rate) => `including ${rate} VAT`,
    quantity: "Quantity",
    quantityOf: (name) => `Quantity of ${name}`,
    fewer: (name) => `One ${name} fewer`,
    more: (name) => `One ${name} more`,
    buy: "Buy",
    buyFor: (amount) => `Buy for ${amount}`,
    buyName: (name) => `Buy ${name}`,
    buying: "Buying …",
    bought: (name) => `${name}: bought. Thank you!`,
    invoiceWaiting: "The invoice is being written …",
    invoice: "Invoice",
    openInvoice: (number) => `Invoice ${number}`,
    invoiceLate: "The invoice follows. It will open at this link:",
    openReceipt: "Your invoice",
    newTab: "(opens in a new tab)",
    purchases: "Your purchases",
    when: "Time",
    what: "Licence",
    amount: "Amount",
    total: "Total",
    address: {
      heading: "Who is the invoice for?",
      reason: (order) => `${order}: from this amount on, an invoice has to name its buyer.`,
      legend: "Address on the invoice",
      login: "E-mail",
      loginHint: "It also is your customer name.",
      name: "Name or company",
      street: "Street and number",
      zip: "Postcode",
      city: "Town",
      country: "Country",
      send: (amount) => `Buy for ${amount}`,
      cancel: "Not now",
      faults: {
        missing: "Please fill this in.",
        tooLong: "This is too long.",
        tooShort: "This is too short.",
        notOneOf: "Please choose another one.",
        other: "Please check this.",
      },
    },
  },
  de: {
    title: "Lizenzen – Kontor",
    heading: "Wählen Sie eine Lizenz",
    lead: "Ein Klick kauft sie. Die Rechnung wird sofort geschrieben und lässt sich hier öffnen.",
    loading: "Die Preise werden geholt …",
    licenses: {
      basic: {
        name: "Basic",
        forWhom: "Für eine Person",
        contents: ["Ein Arbeitsplatz", "Aktualisierungen für ein Jahr", "Hilfe per E-Mail"],
      },
      pro: {
        name: "Pro",
        forWhom: "Für ein kleines Team",
        contents: ["Bis zu fünf Arbeitsplätze", "Aktualisierungen für zwei Jahre", "Antwort binnen eines Werktags"],
      },
      enterprise: {
        name: "Enterprise",
        forWhom: "Für das ganze Haus",
        contents: ["Alle Arbeitsplätze an einem Standort", "Aktualisierungen für fünf Jahre", "Eine feste Ansprechperson am Telefon"],
      },
    },
    taxIncluded: (rate) => `inklusive ${rate} MwSt.`,
    quantity: "Anzahl",
    quantityOf: (name) => `Anzahl ${name}`,
    fewer: (name) => `${name}: eine weniger`,
    more: (name) => `${name}: eine mehr`,
    buy: "Kaufen",
    buyFor: (amount) => `Für ${amount} kaufen`,
    buyName: (name) => `${name} kaufen`,
    buying: "Wird gekauft …",
    bought: (name) => `${name}: gekauft. Vielen Dank!`,
    invoiceWaiting: "Die Rechnung wird geschrieben …",
    invoice: "Rechnung",
    openInvoice: (number) => `Rechnung ${number}`,
    invoiceLate: "Die Rechnung folgt. Sie wird unter diesem Link zu öffnen sein:",
    openReceipt: "Ihre Rechnung",
    newTab: "(öffnet in neuem Tab)",
    purchases: "Ihre Käufe",
    when: "Zeit",
    what: "Lizenz",
    amount: "Betrag",
    total: "Summe",
    address: {
      heading: "Für wen ist die Rechnung?",
      reason: (order) => `${order}: ab diesem Betrag muss eine Rechnung ihren Empfänger nennen.`,
      legend: "Anschrift auf der Rechnung",
      login: "E-Mail",
      loginHint: "Sie ist zugleich Ihr Kundenname.",
      name: "Name oder Firma",
      street: "Straße und Hausnummer",
      zip: "Postleitzahl",
      city: "Ort",
      country: "Land",
      send: (amount) => `Für ${amount} kaufen`,
      cancel: "Jetzt nicht",
      faults: {
        missing: "Bitte füllen Sie dieses Feld aus.",
        tooLong: "Das ist zu lang.",
        tooShort: "Das ist zu kurz.",
        notOneOf: "Bitte wählen Sie etwas anderes.",
        other: "Bitte prüfen Sie diese Angabe.",
      },
    },
  },
});

/** A licence's texts. One that only the configuration knows is shown by its own name. */
export function licenseText(license: string): LicenseText {
  const name = license.charAt(0).toUpperCase() + license.slice(1);
  return texts.value.licenses[license] ?? { name, forWhom: "", contents: [] };
}
