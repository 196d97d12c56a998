// A chart with its twin: the same numbers as a table, which is the form that everybody can read.
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Button } from "@/ui/button";
import { Skeleton } from "@/ui/panel";
import type { Series } from "@/ui/series";

const Canvas = lazy(() => import("@/ui/canvas").then(({ Canvas }) => ({ default: Canvas })));

interface Props {
  /** What the chart shows, in a sentence. */
  description: string;
  series: Series;
  table: ReactNode;
}

export function Chart({ description, series, table }: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <div className="flex flex-col gap-2">
      <div className="self-end">
        <Button look="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "Show the chart" : "Show as a table"}
        </Button>
      </div>
      {asTable ? (
        table
      ) : (
        <Suspense fallback={<Skeleton height="h-72" />}>
          <Canvas description={description} series={series} />
        </Suspense>
      )}
    </div>
  );
}
