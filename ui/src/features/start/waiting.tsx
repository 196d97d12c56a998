// Proposals that wait for somebody.
import { Link } from "@tanstack/react-router";
import { useLoop } from "@/api/loops";
import { Frame } from "@/ui/panel";
import { delta, plural, words } from "@/ui/format";
import { buttonClass } from "@/ui/button";

export function Waiting({ loop }: { loop: string }) {
  const proposals = useLoop(loop).data?.proposals ?? [];
  const waiting = proposals.filter(({ state }) => state === "held" || state === "proposed");
  if (waiting.length === 0) return null;
  return (
    <Frame title={`${plural(waiting.length, "proposal")} of ${words(loop)} ${waiting.length === 1 ? "waits" : "wait"} for you`}>
      <ul className="flex flex-col gap-3">
        {waiting.map(({ id, turn, changes, expected }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-2">
            <span>
              Turn {turn}: {plural(changes.length, "change")}, expected {delta(expected.value)} per decision [{delta(expected.low)}, {delta(expected.high)}]
            </span>
            <Link to="/loops/$name" params={{ name: loop }} search={{ tab: "changes" }} className={buttonClass("main")}>
              Look and decide
            </Link>
          </li>
        ))}
      </ul>
    </Frame>
  );
}
