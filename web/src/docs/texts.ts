// What stands around Swagger UI.

import { dictionary } from "@/language/language";

export const texts = dictionary({
  en: {
    title: (name: string) => (name ? `${name}: API – Kontor` : "API – Kontor"),
    functions: "Functions",
    tryIt: "Try it on its own host",
    footer: "The document behind this page is made from the function's own code: /openapi.json on this host.",
  },
  de: {
    title: (name: string) => (name ? `${name}: API – Kontor` : "API – Kontor"),
    functions: "Funktionen",
    tryIt: "Auf ihrem Host ausprobieren",
    footer: "Das Dokument hinter dieser Seite entsteht aus dem Code der Funktion selbst: /openapi.json auf diesem Host.",
  },
});
