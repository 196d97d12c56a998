// A campaign that others ran: its variants compared with its control.
import type { CampaignView } from "@/api/campaigns";
import { count, money, percent, points, words } from "@/ui/format";
import { Badge } from "@/ui/badge";
import { Frame, Nothing } from "@/ui/panel";
import { finding } from "@/ui/stats";
import { Table } from "@/ui/table";

type Report = CampaignView["report"];
type Row = Report["measures"][number]["overall"][number];

function Lift({ row: { rate_lift } }: { row: Row }) {
  if (!rate_lift) return <span className="text-muted">the control</span>;
  const { value, always_valid } = rate_lift;
  const said = finding(always_valid);
  return (
    <>
      {points(value)} [{points(always_valid.low)}, {points(always_valid.high)}]{" "}
      <Badge tone={said === "better" ? "good" : said === "worse" ? "bad" : "plain"}>{said === "open" ? "not decided" : said}</Badge>
    </>
  );
}

const Rows = ({ caption, rows }: { caption: string; rows: Row[] }) => (
  <Table
    caption={caption}
    rows={rows}
    id={({ variant }) => variant}
    columns={[
      { head: "Variant", cell: ({ variant }) => words(variant) },
      { head: "People", number: true, cell: ({ people }) => count(people) },
      { head: "Responded", number: true, cell: ({ responders, rate }) => `${count(responders)} (${percent(rate)})` },
      { head: "Value per head", number: true, cell: ({ mean }) => money(mean) },
      { head: "Points against the control", cell: (row) => <Lift row={row} /> },
    ]}
  />
);

export function Compared({ report }: { report: Report }) {
  if (report.measures.length === 0 || report.variants.every(({ people }) => people === 0)) {
    return (
      <Frame title="Comparison">
        <Nothing>Nobody is enrolled in this campaign yet, or it names no measures.</Nothing>
      </Frame>
    );
  }
  return (
    <>
      {report.warnings.map((warning) => (
        <p key={warning} role="status" className="rounded-md bg-warn-soft p-3 text-warn">{warning}</p>
      ))}
      {report.measures.map(({ kind, overall, cuts }) => (
        <Frame key={kind} title={words(kind)} note={`compared with ${words(report.control ?? "nothing")}; intervals hold at every look`}>
          <Rows caption={`${words(kind)}, everybody`} rows={overall} />
          {cuts.map(({ key, value, rows }) => (
            <details key={`${key}=${value}`} className="mt-3">
              <summary className="cursor-pointer">{words(key)}: {value}</summary>
              <Rows caption={`${words(kind)}, ${key} ${value}`} rows={rows} />
            </details>
          ))}
        </Frame>
      ))}
    </>
  );
}
