// Programs that read other systems: how the last run went, and what they logged.
import { useState } from "react";
import { useConnectorLogs, useConnectors, useRunConnector } from "@/api/quality";
import { useMay } from "@/api/session";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { count, dateTime } from "@/ui/format";
import { Failure, Loaded, Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

function Logs({ name }: { name: string }) {
  const logs = useConnectorLogs(name);
  return (
    <div className="p-4">
      <Loaded query={logs} empty={({ lines }) => (lines.length === 0 ? <Nothing>It has logged nothing since the server started.</Nothing> : null)}>
        {({ lines }) => <pre className="max-h-[60vh] overflow-auto font-mono text-xs" tabIndex={0}>{lines.map(({ at, text }) => `${dateTime(at)}  ${text}`).join("\n")}</pre>}
      </Loaded>
    </div>
  );
}

export function Connectors() {
  const connectors = useConnectors();
  const run = useRunConnector();
  const [reading, setReading] = useState("");
  const write = useMay("write");
  const people = useMay("people");
  const none = <Nothing>No connector is applied. A connector runs a Singer tap or an Airbyte source when it is due.</Nothing>;
  return (
    <>
      <Panel title="Connectors" query={connectors} empty={({ connectors }) => (connectors.length === 0 ? none : null)}>
        {({ connectors }) => (
          <>
            {run.error && <Failure error={run.error} />}
            <Table
              caption="Connectors"
              rows={connectors}
              id={({ name }) => name}
              columns={[
                { head: "Name", cell: ({ name }) => name },
                { head: "Last run", cell: ({ running, progress: { began, error } }) => (running ? <Badge tone="accent">running</Badge> : error ? <Badge tone="bad">failed</Badge> : began ? <Badge tone="good">done</Badge> : "never") },
                { head: "Began", cell: ({ progress }) => dateTime(progress.began) },
                { head: "Accepted", number: true, cell: ({ progress }) => count(progress.accepted) },
                { head: "Rejected", number: true, cell: ({ progress }) => count(progress.rejected) },
                { head: "Why", long: true, cell: ({ progress }) => progress.error ?? "" },
                {
                  head: "",
                  cell: ({ name, running }) => (
                    <span className="flex gap-2">
                      {people && <Button onClick={() => setReading(name)} aria-label={`Log of ${name}`}>Log</Button>}
                      {write && <Button onClick={() => run.mutate(name)} disabled={running || run.isPending} aria-label={`Run ${name}`}>Run</Button>}
                    </span>
                  ),
                },
              ]}
            />
          </>
        )}
      </Panel>
      <Dialog open={reading !== ""} onClose={() => setReading("")} title={`Log of ${reading}`}>
        <Logs name={reading} />
      </Dialog>
    </>
  );
}
