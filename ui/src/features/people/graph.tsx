// Why identifiers are one person: the links, who said each, and those that do not hold.
import { useMemo, useState } from "react";
import { useGraph, useSeparate, type GraphEdge, type GraphView } from "@/api/rights";
import { useMay } from "@/api/session";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { NetChart } from "@/ui/chart";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { date, words } from "@/ui/format";
import { Failure, Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

const identifiers = ({ nodes }: GraphView) => new Map(nodes.map((node) => [node.node, node]));

function Identifier({ graph, node }: { graph: GraphView; node: string }) {
  const known = identifiers(graph).get(node);
  return <span className="break-all">{known?.identifier || node} <span className="text-xs text-muted">{words(known?.id_type ?? "")}</span></span>;
}

/** The links as a picture; beyond a few dozen it shows nothing that the table does not. */
function Picture({ graph }: { graph: GraphView }) {
  const net = useMemo(() => ({
    nodes: graph.nodes.map(({ node, identifier, id_type, person }) => ({ id: node, name: identifier || node.slice(0, 8), kind: words(id_type), own: person === graph.person })),
    links: graph.edges.map(({ from, to, holds, reason, source, event_kind }) => ({
      from, to, holds, why: `${words(event_kind)} from ${source}${holds ? "" : `: does not hold, ${words(reason ?? "no")}`}`,
    })),
  }), [graph]);
  if (graph.edges.length === 0 || graph.nodes.length > 40) return null;
  const held = graph.edges.filter(({ holds }) => holds).length;
  return <NetChart description={`${graph.nodes.length} identifiers, ${held} links that hold and ${graph.edges.length - held} that do not. The table below lists them.`} net={net} />;
}

function Part({ graph, edge, onDone }: { graph: GraphView; edge: GraphEdge; onDone: () => void }) {
  const [reason, setReason] = useState("");
  const separate = useSeparate();
  const part = () => separate.mutate({ one: edge.from, other: edge.to, lift: false, reason: reason || null }, { onSuccess: onDone });
  return (
    <form action={part} className="flex flex-col gap-3 p-4">
      <p>
        <Identifier graph={graph} node={edge.from} /> and <Identifier graph={graph} node={edge.to} /> will not be one person, whatever links them, before and from now on.
        What each of them did stays with it.
      </p>
      <TextField label="Why" value={reason} onChange={(event) => setReason(event.target.value)} maxLength={500} placeholder="a tablet in the shop" autoComplete="off" />
      {separate.error && <Failure error={separate.error} />}
      <Button type="submit" look="bad" disabled={separate.isPending}>Set apart</Button>
    </form>
  );
}

function Apart({ graph, may }: { graph: GraphView; may: boolean }) {
  const separate = useSeparate();
  if (graph.separations.length === 0) return null;
  return (
    <>
      {separate.error && <Failure error={separate.error} />}
      <Table
        caption="Set apart"
        rows={graph.separations}
        id={(pair) => pair.join(" ")}
        columns={[
          { head: "Set apart", cell: ([one = ""]) => <Identifier graph={graph} node={one} /> },
          { head: "From", cell: ([, other = ""]) => <Identifier graph={graph} node={other} /> },
          { head: "", cell: ([one = "", other = ""]) => may && <Button onClick={() => separate.mutate({ one, other, lift: true })} disabled={separate.isPending}>Lift</Button> },
        ]}
      />
    </>
  );
}

export function GraphPanel({ id }: { id: string }) {
  const graph = useGraph(id);
  const may = useMay("write");
  const [parting, setParting] = useState<GraphEdge>();
  const none = <Nothing>One identifier, linked with none.</Nothing>;
  return (
    <>
      <Panel title="Identity" note="What links the identifiers of this person, and what does not hold." query={graph} empty={({ edges, separations }) => (edges.length + separations.length === 0 ? none : null)}>
        {(graph) => (
          <div className="flex flex-col gap-4">
            <Picture graph={graph} />
            <Table
              caption="Links between identifiers"
              rows={graph.edges}
              id={({ from, to }) => `${from} ${to}`}
              columns={[
                { head: "Identifier", cell: ({ from }) => <Identifier graph={graph} node={from} /> },
                { head: "Linked with", cell: ({ to }) => <Identifier graph={graph} node={to} /> },
                { head: "Holds", cell: ({ holds, reason }) => <Badge tone={holds ? "good" : "warn"}>{holds ? "yes" : words(reason ?? "no")}</Badge> },
                { head: "Said by", cell: ({ trust, source, event_kind }) => `${words(event_kind)} from ${source} (${words(trust)})` },
                { head: "First", cell: ({ first_heard }) => date(first_heard) },
                { head: "", cell: (edge) => may && edge.holds && <Button onClick={() => setParting(edge)}>Not one person</Button> },
              ]}
              foot={graph.truncated ? "There is more than is shown." : undefined}
            />
            <Apart graph={graph} may={may} />
          </div>
        )}
      </Panel>
      <Dialog open={parting !== undefined} onClose={() => setParting(undefined)} title="Set two identifiers apart">
        {parting && graph.data && <Part graph={graph.data} edge={parting} onDone={() => setParting(undefined)} />}
      </Dialog>
    </>
  );
}
