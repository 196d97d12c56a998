// A part of a page, in whichever state its data is: loading, failed, without data, stale, or there.
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useId } from "react";
import { ApiError } from "@/api/client";
import { Button } from "@/ui/button";

interface FrameProps {
  title: string;
  /** Beside the title: a switch, a link. */
  aside?: ReactNode;
  note?: ReactNode;
  /** Where it stands among headings. */
  level?: 2 | 3;
  children: ReactNode;
}

export function Frame({ title, aside, note, level = 2, children }: FrameProps) {
  const id = useId();
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section aria-labelledby={id} className="min-w-0 rounded-lg border border-line bg-surface">
      <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
        <div>
          <Heading id={id} className="font-semibold">
            {title}
          </Heading>
          {note && <p className="text-xs text-muted">{note}</p>}
        </div>
        {aside}
      </header>
      <div className="p-4">{children}</div>
    </section>
  );
}

export const Skeleton = ({ height = "h-40" }: { height?: string }) => (
  <div role="status" aria-label="Loading" className={`${height} animate-pulse rounded-md bg-sunken`} />
);

/** One sentence, and the one thing to do about it. */
export const Nothing = ({ children, action }: { children: ReactNode; action?: ReactNode }) => (
  <div className="flex flex-col items-start gap-3 py-6 text-muted">
    <p>{children}</p>
    {action}
  </div>
);

/** What could not be loaded, where it can be tried again; else what somebody did that did not work. */
export function Failure({ error, again }: { error: Error; again?: () => void }) {
  const hint = error instanceof ApiError ? error.problem.hint : null;
  const denied = again !== undefined && error instanceof ApiError && error.status === 403;
  const says = again ? "This could not be loaded" : "It did not work";
  return (
    <div role="alert" className="flex flex-col items-start gap-2 rounded-md bg-bad-soft p-3 text-bad">
      <p className="font-medium">{denied ? "Your role does not show this." : `${says}: ${error.message}`}</p>
      {hint && <p>{hint}</p>}
      {again && !denied && <Button onClick={again}>Try again</Button>}
    </div>
  );
}

interface Props<T> {
  title: string;
  query: UseQueryResult<T>;
  aside?: ReactNode;
  note?: ReactNode;
  height?: string;
  /** What to say instead, where there is no data; null where there is. */
  empty?: (data: T) => ReactNode;
  children: (data: T) => ReactNode;
}

export function Panel<T>({ title, query, aside, note, height, empty, children }: Props<T>) {
  return (
    <Frame title={title} aside={aside} note={note}>
      <Loaded {...{ query, height, empty, children }} />
    </Frame>
  );
}

export function Loaded<T>({ query, height, empty, children }: Omit<Props<T>, "title" | "aside" | "note">) {
  const { data, error, refetch } = query;
  const again = () => void refetch();
  if (data === undefined) return error ? <Failure error={error} again={again} /> : <Skeleton height={height} />;
  const instead = empty?.(data);
  return (
    <>
      {error && (
        <p role="status" className="mb-3 rounded-md bg-warn-soft p-2 text-warn">
          What stands here is old: {error.message}. <button className="underline" onClick={again}>Try again</button>
        </p>
      )}
      {instead ?? children(data)}
    </>
  );
}
