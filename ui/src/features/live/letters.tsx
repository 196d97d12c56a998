// What was rejected, and collecting it again.
import type { UseQueryResult } from "@tanstack/react-query";
import type { Schema } from "@/api/client";
import { useReplay } from "@/api/collect";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { dateTime, plural } from "@/ui/format";
import { Failure, Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

export function Letters({ query, may }: { query: UseQueryResult<Schema["LetterList"]>; may: boolean }) {
  const replay = useReplay();
  const none = <Nothing>Nothing was rejected. What cannot be taken is kept here with the reason, and can be collected again.</Nothing>;
  return (
    <Panel title="Rejected" note="Dead letters, newest first" query={query} empty={({ letters }) => (letters.length === 0 ? none : null)}>
      {({ letters, truncated }) => (
        <>
          {replay.error && <Failure error={replay.error} />}
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
                cell: ({ letter, replayed_as }) =>
                  replayed_as ? <Badge tone="good">collected again</Badge> : may && <Button onClick={() => replay.mutate({ ids: [letter] })} disabled={replay.isPending}>Collect again</Button>,
              },
            ]}
            foot={truncated ? "There are more." : undefined}
          />
        </>
      )}
    </Panel>
  );
}
