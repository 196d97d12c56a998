// A key that was just made: its text is shown this once.
import type { KeyMade } from "@/api/sources";
import { Snippets } from "@/features/sources/snippets";
import { Secret } from "@/ui/secret";

export const Made = ({ made: { key, source } }: { made: KeyMade }) => (
  <div className="flex flex-col gap-3 p-4">
    <p>This is the write key of {source.name}. It is shown this once: copy it now.</p>
    <Secret name={`Write key of ${source.name}`} text={key} />
    <Snippets name={source.name} writeKey={key} />
  </div>
);
