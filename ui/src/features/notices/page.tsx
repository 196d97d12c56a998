// Reports and alerts: what is due when, what came of it, and new ones.
import { getRouteApi, Link } from "@tanstack/react-router";
import { useAlerts, usePreviewReport, useReports, useSendReport, type Alert, type Report } from "@/api/notices";
import { useMay } from "@/api/session";
import { lineOf, MakeAlert, MakeReport } from "@/features/notices/make";
import { One } from "@/features/notices/one";
import { State } from "@/features/notices/said";
import { Button } from "@/ui/button";
import { dateTime, plural, words } from "@/ui/format";
import { Page } from "@/ui/page";
import { Failure, Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

const route = getRouteApi("/app/notices");

const NAME = "py-0.5 font-medium text-accent underline";
const titleOf = ({ name, spec }: Report | Alert) => spec.title ?? words(name);

function ReportActions({ name }: { name: string }) {
  const preview = usePreviewReport(name);
  const send = useSendReport(name);
  const may = useMay("write");
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => preview.mutate()} disabled={preview.isPending}>{preview.isPending ? "Computing …" : "Preview"}</Button>
        {may && <Button onClick={() => send.mutate()} disabled={send.isPending}>{send.isPending ? "Sending …" : "Send now"}</Button>}
      </div>
      {preview.error && <Failure error={preview.error} />}
      {send.error && <Failure error={send.error} />}
      {send.data && <p role="status">The mail to {plural(send.data.letters.length, "address", "addresses")}: <State state={send.data.state} /></p>}
      {preview.data && <pre tabIndex={0} aria-label="The report as text" className="max-h-96 overflow-auto rounded-md bg-sunken p-3 text-xs whitespace-pre-wrap">{preview.data}</pre>}
    </>
  );
}

export function NoticesPage() {
  const { report, alert, make, of, where, range, zone } = route.useSearch();
  const navigate = route.useNavigate();
  const reports = useReports();
  const alerts = useAlerts();
  const may = useMay("write");
  const show = (search: { report?: string; alert?: string; make?: "report" | "alert" }) => void navigate({ search: (before) => ({ ...before, report: undefined, alert: undefined, make: undefined, of: undefined, where: undefined, range: undefined, zone: undefined, ...search }) });
  const close = () => show({});
  const oneReport = reports.data?.reports.find(({ name }) => name === report);
  const oneAlert = alerts.data?.alerts.find(({ name }) => name === alert);
  const makeReport = may && <Button onClick={() => show({ make: "report" })}>New report</Button>;
  const makeAlert = may && <Button onClick={() => show({ make: "alert" })}>New alert</Button>;
  return (
    <Page title="Reports & alerts" lead="Boards as mails, again and again; and a word when a number crosses a line. Nothing of few people is in them.">
      {make === "report" && may && <MakeReport board={of} looked={{ where, range, zone }} onClose={close} />}
      {make === "alert" && may && <MakeAlert metric={of} looked={{ where, range, zone }} onClose={close} />}
      {oneReport && (
        <One key={oneReport.name} kind="Report" name={oneReport.name} title={titleOf(oneReport)} why={oneReport.why} mailings={oneReport.mailings} onClose={close}>
          <ReportActions name={oneReport.name} />
        </One>
      )}
      {oneAlert && <One key={oneAlert.name} kind="Alert" name={oneAlert.name} title={titleOf(oneAlert)} why={oneAlert.why} mailings={oneAlert.mailings} onClose={close} />}
      <Panel title="Reports" query={reports} aside={makeReport} empty={({ reports }) => (reports.length === 0 ? <Nothing>No board is sent as a mail yet.</Nothing> : null)}>
        {({ reports }) => (
          <Table
            caption="Reports" rows={reports} id={({ name }) => name}
            columns={[
              { head: "Report", cell: (one) => <button type="button" className={NAME} onClick={() => show({ report: one.name })}>{titleOf(one)}</button> },
              { head: "Board", cell: ({ spec }) => <Link to="/boards/$name" params={{ name: spec.board }} className="text-accent underline">{words(spec.board)}</Link> },
              { head: "How often", cell: ({ spec }) => `${spec.every}, ${spec.hour ?? 7}:00 ${spec.zone ?? "UTC"}` },
              { head: "State", cell: ({ state }) => <State state={state} /> },
              { head: "Next", cell: ({ next_at }) => dateTime(next_at) },
              { head: "To", cell: ({ spec }) => plural(spec.to.length, "address", "addresses") },
            ]}
          />
        )}
      </Panel>
      <Panel title="Alerts" query={alerts} aside={makeAlert} empty={({ alerts }) => (alerts.length === 0 ? <Nothing>No number is watched yet.</Nothing> : null)}>
        {({ alerts }) => (
          <Table
            caption="Alerts" rows={alerts} id={({ name }) => name}
            columns={[
              { head: "Alert", cell: (one) => <button type="button" className={NAME} onClick={() => show({ alert: one.name })}>{titleOf(one)}</button> },
              { head: "Fires when", cell: ({ spec }) => `${words(spec.metric)} ${lineOf(spec.when)}` },
              { head: "State", cell: ({ state, since }) => <><State state={state} />{since && <span className="block text-xs text-muted">since {dateTime(since)}</span>}</> },
              { head: "Number", number: true, cell: ({ value }) => value ?? "—" },
              { head: "Looked at", cell: ({ looked_at }) => dateTime(looked_at) },
              { head: "To", cell: ({ spec }) => plural(spec.to.length, "address", "addresses") },
            ]}
          />
        )}
      </Panel>
    </Page>
  );
}
