// A link to exactly what is shown: everything chosen stands in the address.
import { useState } from "react";
import { Button } from "@/ui/button";

export function CopyLink() {
  const [said, setSaid] = useState("");
  // Without a safe connection browsers give no clipboard, so the address itself is shown.
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(window.location.href);
      setSaid("Copied");
    } catch {
      setSaid(window.location.href);
    }
  };
  return (
    <span className="flex flex-wrap items-center gap-2">
      <Button onClick={() => void copy()}>Copy the link</Button>
      <span role="status" className="text-xs break-all text-muted">{said}</span>
    </span>
  );
}
