// What a browser loads first must stay small: everything index.html names, and what those import at
// once. Charts come later, in a piece of their own.
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const LIMIT = 250 * 1024;
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const html = readFileSync(join(dist, "index.html"), "utf8");
const first = new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((m) => m[1]));
for (const file of first) {
  if (!file.endsWith(".js")) continue;
  for (const [, name] of readFileSync(join(dist, file), "utf8").matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) {
    first.add(`assets/${name}`);
  }
}
let sum = 0;
for (const file of first) {
  const size = gzipSync(readFileSync(join(dist, file))).length;
  sum += size;
  console.log(`${(size / 1024).toFixed(1).padStart(7)} KB  ${file}`);
}
console.log(`${(sum / 1024).toFixed(1).padStart(7)} KB  first load, gzipped; the limit is ${LIMIT / 1024} KB`);
if (sum > LIMIT) process.exit(1);
