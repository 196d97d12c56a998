// Sends the rows of a file, chunk by chunk. A chunk that is sent twice counts once, so an upload that
// broke off is simply begun again.
import { importRows, type ImportProgress, type ImportRow } from "@/api/collect";

const CHUNK = 500;

/** FNV-1a of a text: the same file under the same mapping is the same import. */
export function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, "0");
}

export async function upload(
  mapping: string,
  text: string,
  all: ImportRow[],
  say: (progress: ImportProgress) => void,
): Promise<ImportProgress> {
  const id = `${mapping}-${fingerprint(text)}`;
  let progress: ImportProgress | undefined;
  for (let at = 0; at === 0 || at < all.length; at += CHUNK) {
    const done = at + CHUNK >= all.length;
    progress = await importRows(mapping, { import: id, rows: all.slice(at, at + CHUNK), done });
    say(progress);
  }
  if (!progress) throw new Error("the file is empty");
  return progress;
}
