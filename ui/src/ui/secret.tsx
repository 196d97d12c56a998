// A text to be copied.
import { useState } from "react";
import { Button } from "@/ui/button";

export function Secret({ name, text }: { name: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <div className="flex items-center gap-2">
      <code className="min-w-0 flex-1 rounded-md bg-sunken p-2 break-all" aria-label={name}>
        {text}
      </code>
      <Button onClick={copy}>{copied ? "Copied" : "Copy"}</Button>
    </div>
  );
}
