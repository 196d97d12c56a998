// The ring as a figure: six steps in a circle, and on a narrow screen one under the other. Both are
// the same list of links.
import { Link, type LinkProps } from "@tanstack/react-router";
import type { Schema } from "@/api/client";
import { count } from "@/ui/format";
import { Change } from "@/ui/stat";

type Flow = Schema["Flow"];

export interface Step {
  name: string;
  value: number;
  before: number | undefined;
  says: string;
  link: Pick<LinkProps, "to" | "params" | "search">;
}

export function steps(loop: string, now: Flow, before: Flow | undefined): Step[] {
  const turns = { to: "/loops/$name", params: { name: loop } } as const;
  return [
    { name: "Collected", value: now.collected, before: before?.collected, says: `events of ${count(now.people)} people`, link: { to: "/live" } },
    { name: "Entered", value: now.entered, before: before?.entered, says: "times somebody came into the audience", link: { to: "/campaigns" } },
    { name: "Decided", value: now.decided, before: before?.decided, says: `and ${count(now.refused)} times nothing could be drawn`, link: { to: "/campaigns" } },
    { name: "Delivered", value: now.delivered, before: before?.delivered, says: "messages sent or shown", link: { to: "/campaigns" } },
    { name: "Reacted", value: now.responded, before: before?.responded, says: "decisions that were opened or clicked", link: { to: "/campaigns" } },
    { name: "Learnt", value: now.turned, before: before?.turned, says: `turns; ${count(now.changed)} changed the campaign`, link: turns },
  ];
}

// Where the six stand, clockwise from the top; written out, because classes are found in the text.
const PLACES = [
  "md:left-1/2 md:top-0",
  "md:left-[82%] md:top-[22%]",
  "md:left-[82%] md:top-[62%]",
  "md:left-1/2 md:top-[78%]",
  "md:left-[18%] md:top-[62%]",
  "md:left-[18%] md:top-[22%]",
];

export const RingFigure = ({ steps }: { steps: Step[] }) => (
  <div className="relative md:h-[34rem]">
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" className="absolute inset-0 hidden size-full text-line md:block">
      <ellipse cx="50" cy="50" rx="32" ry="40" fill="none" stroke="currentColor" strokeWidth="2" vectorEffect="non-scaling-stroke" />
    </svg>
    <p className="absolute top-1/2 left-1/2 hidden w-56 -translate-x-1/2 -translate-y-1/2 text-center text-muted md:block">
      Each turn measures what the last one caused, learns from it, and changes the campaign.
    </p>
    <ol className="flex flex-col gap-2 md:block">
      {steps.map(({ name, value, before, says, link }, index) => (
        <li key={name} className={`md:absolute md:w-48 md:-translate-x-1/2 ${PLACES[index] ?? ""}`}>
          <Link {...link} className="block rounded-lg border border-line bg-surface p-3 hover:border-accent hover:no-underline">
            <span className="text-xs text-muted">
              {index + 1}. {name}
            </span>
            <span className="block text-xl font-semibold tabular-nums">{count(value)}</span>
            <span className="block text-xs text-muted">{says}</span>
            <span className="block text-xs">
              <Change now={value} before={before} />
            </span>
          </Link>
        </li>
      ))}
    </ol>
  </div>
);
