// A chart with its twin: the same numbers as a table, which is the form that everybody can read.
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Button } from "@/ui/button";
import { Skeleton } from "@/ui/panel";
import type { Net } from "@/ui/net";
import type { Series } from "@/ui/series";

const Canvas = lazy(() => import("@/ui/canvas").then(({ Canvas }) => ({ default: Canvas })));
const NetCanvas = lazy(() => import("@/ui/canvas").then(({ NetCanvas }) => ({ default: NetCanvas })));

interface Props {
  /** What the chart shows, in a sentence. */
  description: string;
  series: Series;
  table: ReactNode;
}

export function Chart({ description, series, table }: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <div className="relative">
      <div className={asTable ? "mb-2 flex justify-end" : "flex justify-end sm:absolute sm:-top-1.5 sm:right-0 sm:z-1"}>
        <Button look="quiet" className="text-xs" onClick={() => setAsTable(!asTable)}>
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

/** Things and what links them; its table stands below it, since it says more. */
export function NetChart({ description, net }: { description: string; net: Net }) {
  return (
    <Suspense fallback={<Skeleton height="h-72" />}>
      <NetCanvas description={description} net={net} />
    </Suspense>
  );
}
