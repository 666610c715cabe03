// What stands around Swagger UI.

import { dictionary } from "@/language/language";

export const texts = dictionary({
  en: {
    title: (name: string) => `${name}: API – Kontor`,
    footer: "The document behind this page is made from the function's own code: /openapi.json on this host.",
  },
  de: {
    title: (name: string) => `${name}: API – Kontor`,
    footer: "Das Dokument hinter dieser Seite entsteht aus dem Code der Funktion selbst: /openapi.json auf diesem Host.",
  },
});
