// The ring as a figure: six steps in a circle, and on a narrow screen one under the other. Both are
// the same list of links.
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schema } from "@/api/client";
import { count, plural } from "@/ui/format";
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
    { name: "Collected", value: now.collected, before: before?.collected, says: `events of ${plural(now.people, "person", "people")}`, link: { to: "/live" } },
    { name: "Entered", value: now.entered, before: before?.entered, says: "times somebody came into the audience", link: { to: "/campaigns" } },
    { name: "Decided", value: now.decided, before: before?.decided, says: `times; ${count(now.refused)} more were refused`, link: { to: "/campaigns" } },
    { name: "Delivered", value: now.delivered, before: before?.delivered, says: "messages sent or shown", link: { to: "/campaigns" } },
    { name: "Reacted", value: now.responded, before: before?.responded, says: "decisions that were opened or clicked", link: { to: "/campaigns" } },
    { name: "Learnt", value: now.turned, before: before?.turned, says: `${now.turned === 1 ? "turn" : "turns"}; ${count(now.changed)} changed the campaign`, link: turns },
  ];
}

// Where the six stand, clockwise from the top, and the arrows between them; written out, because classes
// are found in the text.
const PLACES = [
  "md:left-1/2 md:top-[10%]",
  "md:left-[82%] md:top-[30%]",
  "md:left-[82%] md:top-[70%]",
  "md:left-1/2 md:top-[90%]",
  "md:left-[18%] md:top-[70%]",
  "md:left-[18%] md:top-[30%]",
];
const ARROWS = [
  "left-[66%] top-[15.4%] rotate-[22deg]",
  "left-[82%] top-1/2 rotate-90",
  "left-[66%] top-[84.6%] rotate-[158deg]",
  "left-[34%] top-[84.6%] rotate-[202deg]",
  "left-[18%] top-1/2 -rotate-90",
  "left-[34%] top-[15.4%] -rotate-[22deg]",
];

const Arrows = () => (
  <div aria-hidden="true" className="absolute inset-0 hidden text-accent md:block">
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" className="absolute inset-0 size-full opacity-40">
      <ellipse cx="50" cy="50" rx="32" ry="40" fill="none" stroke="currentColor" strokeWidth="2" vectorEffect="non-scaling-stroke" />
    </svg>
    {ARROWS.map((place) => (
      <svg key={place} viewBox="0 0 10 10" className={`absolute size-4 -translate-1/2 ${place}`}>
        <path d="M1 0 L10 5 L1 10 L4 5 Z" fill="currentColor" />
      </svg>
    ))}
  </div>
);

export const RingFigure = ({ steps, children }: { steps: Step[]; children: ReactNode }) => (
  <div className="relative md:h-[31rem]">
    <Arrows />
    <div className="mb-3 text-muted md:absolute md:top-1/2 md:left-1/2 md:mb-0 md:w-56 md:-translate-1/2 md:text-center">{children}</div>
    <ol className="grid grid-cols-2 gap-2 md:block">
      {steps.map(({ name, value, before, says, link }, index) => (
        <li key={name} className={`md:absolute md:w-48 md:-translate-1/2 ${PLACES[index] ?? ""}`}>
          <Link {...link} className="block h-full rounded-lg border border-line bg-surface p-3 shadow-xs hover:border-accent hover:no-underline">
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
