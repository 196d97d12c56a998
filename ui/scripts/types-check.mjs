// Fails when src/gen/api.ts is not what docs/reference/openapi.json says.
import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const document = new URL("../../docs/reference/openapi.json", import.meta.url);
const committed = new URL("../src/gen/api.ts", import.meta.url);
const made = astToString(await openapiTS(document, { alphabetize: true }));
const kept = readFileSync(committed, "utf8");
// The command line writes a heading that the library leaves to its caller.
if (!kept.endsWith(made)) {
  console.error("src/gen/api.ts is not what openapi.json says: npm run types");
  process.exit(1);
}
console.log("src/gen/api.ts is what openapi.json says");
