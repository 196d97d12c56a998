// CSV as RFC 4180 writes it: quotes, doubled quotes, and line breaks inside quotes.

export interface Line {
  values: string[];
  raw: string;
}

/** The records of a text. A quote that never ends takes the rest of the text with it. */
export function lines(text: string, delimiter = ","): Line[] {
  const found: Line[] = [];
  let values: string[] = [];
  let value = "";
  let quoted = false;
  let start = 0;
  const end = (at: number) => {
    const raw = text.slice(start, at).replace(/\r$/, "");
    if (raw !== "") found.push({ values: [...values, value.replace(/\r$/, "")], raw });
    values = [];
    value = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at];
    if (quoted && one === '"' && text[at + 1] === '"') {
      value += '"';
      at += 1;
    } else if (one === '"' && (quoted || value === "")) {
      quoted = !quoted;
    } else if (!quoted && one === delimiter) {
      values.push(value);
      value = "";
    } else if (!quoted && one === "\n") {
      end(at);
      start = at + 1;
    } else {
      value += one;
    }
  }
  if (start < text.length) end(text.length);
  return found;
}

export interface Sheet {
  columns: string[];
  rows: Line[];
}

/** A file with a header line; a mark of the byte order at its beginning does not count. */
export function sheet(text: string): Sheet {
  const [header, ...rows] = lines(text.replace(/^\uFEFF/, ""));
  return { columns: header?.values ?? [], rows };
}
