// A variant as it would be delivered: rendered by the server, as it renders what it sends.
import { useState } from "react";
import { previewFrame, usePreview, type Wanted } from "@/api/campaigns";
import { Button } from "@/ui/button";
import { words } from "@/ui/format";
import { Loaded } from "@/ui/panel";

interface Mail {
  subject: string;
  text: string;
  /** Where its HTML is shown from, if it has any. */
  frame: string | null;
}

function Letter({ subject, text, frame }: Mail) {
  const [asText, setAsText] = useState(false);
  const shown = frame && !asText;
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <div className="flex items-center justify-between gap-2 border-b border-line bg-sunken px-3 py-1.5">
        <p className="min-w-0 font-medium"><span className="font-normal text-muted">Subject </span>{subject}</p>
        {frame && (
          <Button look="quiet" className="shrink-0 text-xs" onClick={() => setAsText(!asText)}>
            {asText ? "Show the HTML" : "Show the text"}
          </Button>
        )}
      </div>
      {shown ? (
        // What an e-mail brings along is for a white page.
        <iframe title={`E-mail: ${subject}`} src={frame} sandbox="" className="block h-56 w-full bg-white" />
      ) : (
        <pre className="p-3 font-sans whitespace-pre-wrap">{text}</pre>
      )}
    </div>
  );
}

function Card({ fields }: { fields: Record<string, string> }) {
  const { title, body, button, ...rest } = fields;
  return (
    <div className="max-w-sm rounded-md border border-line p-4 shadow-sm">
      {title && <p className="font-medium">{title}</p>}
      {body && <p className="mt-1 text-muted">{body}</p>}
      {button && <p className="mt-3 inline-block rounded-md bg-accent px-3 py-1 text-accent-ink">{button}</p>}
      {Object.entries(rest).map(([name, value]) => (
        <p key={name} className="text-xs text-muted">{words(name)}: {value}</p>
      ))}
    </div>
  );
}

export function Preview({ campaign, wanted }: { campaign: string; wanted: Wanted }) {
  const preview = usePreview(campaign, wanted);
  return (
    <Loaded query={preview} height="h-40">
      {({ subject, text, html, fields }) =>
        subject == null ? (
          <Card fields={fields ?? {}} />
        ) : (
          <Letter subject={subject} text={text ?? ""} frame={html == null ? null : previewFrame(campaign, wanted)} />
        )
      }
    </Loaded>
  );
}
