// Writes src/api/generated/FUNCTION.ts from functions/FUNCTION/openapi.json, the contract that is reviewed there. It runs
// before every build: the pages' code is compiled against what the functions say, so that a changed contract breaks the
// build and not the visitor. The files are checked in, so that a change of contract is seen in a review of the pages, too.

import { mkdirSync, readdirSync, readFileSync, existsSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const functions = new URL("../../functions/", import.meta.url);
const generated = new URL("../src/api/generated/", import.meta.url);

/** Written only if it differs: builds that look at times stay fresh. */
function write(file, text) {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  writeFileSync(file, text);
  console.log(`client: ${file.pathname.split("/web/").pop()} is new`);
}

mkdirSync(generated, { recursive: true });
for (const name of readdirSync(functions)) {
  const document = new URL(`${name}/openapi.json`, functions);
  if (!existsSync(document)) continue;
  const types = astToString(await openapiTS(document));
  const head = `// Generated from functions/${name}/openapi.json by scripts/client.mjs. Do not edit.\n\n`;
  write(new URL(`${name}.ts`, generated), head + types);
}
