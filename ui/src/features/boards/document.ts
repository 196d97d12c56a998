// The document of a board, changed: under another name, or with something noted.
import { parseDocument } from "yaml";

/** The same board under another name and title, opening with a period. */
export function renamed(yaml: string, name: string, title: string, range?: object): string {
  const document = parseDocument(yaml);
  document.setIn(["metadata", "name"], name);
  document.setIn(["spec", "title"], title);
  if (range) document.setIn(["spec", "range"], document.createNode(range));
  return document.toString({ lineWidth: 100 });
}

/** The same board with something that happened noted on it. */
export function noted(yaml: string, at: string, title: string): string {
  const document = parseDocument(yaml);
  const note = document.createNode({ at, title });
  if (document.hasIn(["spec", "annotations"])) document.addIn(["spec", "annotations"], note);
  else document.setIn(["spec", "annotations"], document.createNode([{ at, title }]));
  return document.toString({ lineWidth: 100 });
}
