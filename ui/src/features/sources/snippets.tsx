// What to paste, for each kind of client.
import { useState } from "react";
import { useSnippets } from "@/api/sources";
import { Button } from "@/ui/button";
import { words } from "@/ui/format";
import { Loaded } from "@/ui/panel";
import { Tabs } from "@/ui/tabs";

const PLACEHOLDER = "YOUR_WRITE_KEY";

function Copy({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return <Button onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>{copied ? "Copied" : "Copy"}</Button>;
}

/** `writeKey` is known only right after it was made. */
export function Snippets({ name, writeKey }: { name: string; writeKey?: string }) {
  const query = useSnippets(name, true);
  const [chosen, setChosen] = useState<string>();
  return (
    <Loaded query={query} height="h-24">
      {({ snippets, key_missing }) => {
        const shown = snippets.find(({ client }) => client === chosen) ?? snippets[0];
        if (!shown) return null;
        const text = writeKey ? shown.text.replaceAll(PLACEHOLDER, writeKey) : shown.text;
        return (
          <Tabs label={`Clients of ${name}`} tabs={Object.fromEntries(snippets.map(({ client }) => [client, words(client)]))} chosen={shown.client} onChoose={setChosen}>
            <div className="flex items-start justify-between gap-3">
              <p className="text-muted">Needs {shown.needs}.{key_missing && !writeKey && <> Put a write key where <code>{PLACEHOLDER}</code> stands.</>}</p>
              <Copy key={text} text={text} />
            </div>
            <pre className="overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs" tabIndex={0}>{text}</pre>
          </Tabs>
        );
      }}
    </Loaded>
  );
}
