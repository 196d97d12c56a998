// The dot that says how fresh what is shown is.
import { useStatus, type Status } from "@/api/server";
import { useConnection } from "@/shell/changes";
import { dateTime, plural } from "@/ui/format";

export type Fresh = { tone: string; short: string; long: string };

/** What the dot says. The colour never says it alone. */
export function freshness(status: Status | undefined, broken: boolean): Fresh {
  if (!status) return { tone: "bg-muted", short: "…", long: "how fresh the data is, is not known yet" };
  const behind = status.partitions.reduce((sum, one) => sum + one.archivist_lag, 0);
  const clock = `${status.manual_clock ? "simulated time" : "as of"} ${dateTime(status.now)}`;
  if (broken) return { tone: "bg-bad", short: "offline", long: `the server does not answer; ${clock}` };
  if (behind > 0) return { tone: "bg-warn", short: "catching up", long: `${plural(behind, "record")} cannot be seen yet; ${clock}` };
  return { tone: "bg-good", short: "up to date", long: `everything collected is shown; ${clock}` };
}

export function Freshness() {
  const { data, error } = useStatus();
  const connection = useConnection();
  const { tone, short, long } = freshness(data, Boolean(error) || connection === "broken");
  return (
    <p className="flex items-center gap-1.5 text-xs text-muted" title={long}>
      <span className={`size-2 rounded-full ${tone}`} aria-hidden="true" />
      <span className="sr-only sm:not-sr-only">{short}</span>
      <span className="sr-only">: {long}</span>
      {data?.manual_clock && <span className="hidden lg:inline">· {dateTime(data.now)}, simulated</span>}
    </p>
  );
}
