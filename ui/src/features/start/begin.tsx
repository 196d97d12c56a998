// First run: three ways to begin.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/api/session";
import { loadShop, type Progress } from "@/features/start/shop";
import { useQueryClient } from "@tanstack/react-query";
import { Button, buttonClass } from "@/ui/button";
import { Failure, Frame, Nothing } from "@/ui/panel";

function LoadShop() {
  const queries = useQueryClient();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const start = () => {
    setError(null);
    setProgress({ done: 0, of: 1, doing: "applying the shop's resources" });
    loadShop(setProgress)
      .then(() => queries.invalidateQueries())
      .catch((why: unknown) => setError(why instanceof Error ? why : new Error(String(why))))
      .finally(() => setProgress(null));
  };
  return (
    <>
      <p className="text-muted">
        Sources, features, audiences, offers, a campaign and its loop, and three months of 400 made-up customers. Nobody
        is written to: they have no addresses.
      </p>
      <div className="mt-3 flex flex-col items-start gap-3">
        {error && <Failure error={error} />}
        <Button look="main" onClick={start} disabled={progress !== null}>
          Load the demo shop
        </Button>
        {progress && (
          <p role="status">
            <progress className="mr-2 align-middle" value={progress.done} max={progress.of} aria-label="How far it has come" />
            {progress.doing}
          </p>
        )}
      </div>
    </>
  );
}

export function Begin() {
  const may = useMay("write");
  if (!may) return <Nothing>There is no loop yet. Somebody with the role marketer or admin can begin one.</Nothing>;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">There is no loop yet. There are three ways to begin.</p>
      <div className="grid items-start gap-4 lg:grid-cols-3">
        <Frame title="Look around">
          <LoadShop />
        </Frame>
        <Frame title="Use your own events">
          <p className="mb-3 text-muted">Make a source, put its key into your shop or site, and see events come in.</p>
          <Link to="/sources" className={buttonClass()}>
            Connect a source
          </Link>
        </Frame>
        <Frame title="Use a file">
          <p className="mb-3 text-muted">Upload a CSV of customers, events or the results of an experiment that already ran.</p>
          <Link to="/imports" className={buttonClass()}>
            Import a file
          </Link>
        </Frame>
      </div>
    </div>
  );
}
