import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { refresher } from "@/api/refresh";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("reads again what has grown, once more a moment later, and nothing else", async () => {
  const queries = new QueryClient();
  const read = { events: vi.fn(async () => 1), turns: vi.fn(async () => 1) };
  for (const [name, families] of [["events", ["event"]], ["turns", ["turn"]]] as const) {
    const options = { queryKey: [name], queryFn: read[name], meta: { families }, staleTime: Infinity };
    new QueryObserver(queries, options).subscribe(() => undefined);
  }
  await vi.advanceTimersByTimeAsync(0);
  const { hear, stop } = refresher(queries);
  hear(["event"]);
  hear(["event"]);
  await vi.advanceTimersByTimeAsync(0);
  expect(read.events).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(30_000);
  // At once; what was heard meanwhile; and the last time for what becomes a row late.
  expect(read.events).toHaveBeenCalledTimes(4);
  expect(read.turns).toHaveBeenCalledTimes(1);
  stop();
});
