// What each page makes a visitor load before it can be used: its HTML and everything that the HTML names, by gzip.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const gzipped = (path) => gzipSync(readFileSync(new URL(path, dist)), { level: 9 }).length;

for (const page of ["index.html", "sales.html", "check.html", "dashboard.html", "docs.html"]) {
  const html = readFileSync(new URL(page, dist), "utf8");
  const files = [...html.matchAll(/(?:href|src)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
  const sizes = [page, ...files].map((file) => ({ file, bytes: gzipped(file) }));
  const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${page} ${(all / 1000).toFixed(1)} kB gzip (${sizes.length} files)`);
}
