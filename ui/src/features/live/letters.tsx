// What was rejected, and collecting it again, as it was or mended.
import type { UseQueryResult } from "@tanstack/react-query";
import type { Schema } from "@/api/client";
import { useState } from "react";
import { useReplay, type Letter } from "@/api/collect";
import { Mend } from "@/features/live/mend";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { dateTime, plural } from "@/ui/format";
import { Failure, Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

export function Letters({ query, may }: { query: UseQueryResult<Schema["LetterList"]>; may: boolean }) {
  const replay = useReplay();
  const [mending, setMending] = useState<Letter | null>(null);
  const none = <Nothing>Nothing was rejected. What cannot be taken is kept here with the reason, and can be collected again.</Nothing>;
  return (
    <Panel title="Rejected" note="Dead letters, newest first" query={query} empty={({ letters }) => (letters.length === 0 ? none : null)}>
      {({ letters, truncated }) => (
        <>
          {replay.error && !mending && <Failure error={replay.error} />}
          {replay.data && (
            <p role="status" className="mb-3">
              {plural(replay.data.accepted, "event")} accepted, {replay.data.rejected} rejected again.
              {replay.data.left.map(([id = "", why]) => ` ${id.slice(0, 8)}: ${why}.`)}
            </p>
          )}
          <Table
            caption="Rejected events and rows"
            rows={letters}
            id={({ letter }) => letter}
            columns={[
              { head: "When", cell: ({ at }) => dateTime(at) },
              { head: "From", cell: ({ origin }) => origin },
              { head: "Why", long: true, cell: ({ code, message, hint }) => <><Badge tone="bad">{code}</Badge> {message}{hint && <span className="block text-xs text-muted">{hint}</span>}</> },
              { head: "What came", cell: ({ raw }) => <details><summary className="cursor-pointer text-muted">text</summary><pre className="max-w-md overflow-x-auto font-mono text-xs" tabIndex={0}>{raw}</pre></details> },
              {
                head: "",
                cell: (one) =>
                  one.replayed_as ? (
                    <Badge tone="good">collected again</Badge>
                  ) : (
                    may && (
                      <span className="flex flex-wrap gap-2">
                        <Button onClick={() => replay.mutate({ ids: [one.letter] })} disabled={replay.isPending}>Collect again</Button>
                        <Button onClick={() => { replay.reset(); setMending(one); }} aria-label={`Mend ${one.letter}`}>Mend</Button>
                      </span>
                    )
                  ),
              },
            ]}
            foot={truncated ? "There are more." : undefined}
          />
          <Dialog open={mending !== null} onClose={() => setMending(null)} title="Mend what was rejected">
            {mending && <Mend key={mending.letter} letter={mending} replay={replay} onDone={() => setMending(null)} />}
          </Dialog>
        </>
      )}
    </Panel>
  );
}
