import { expect, it } from "vitest";
import type { Status } from "@/api/server";
import { freshness } from "@/shell/freshness";

const status = (behind: number): Status => ({
  now: "2026-03-02T10:00:00Z", manual_clock: false, outbox: { waiting: 0, sending: 0, done: 0 }, lake: { tail_rows: 0 },
  partitions: [{ partition: 0, end: 9, synced: 9, processed: 9, archived: 9 - behind, processor_lag: 0, archivist_lag: behind }],
  features: { mismatched: 0 },
  subjects: { open: 0, suppressed: 0, restricted: 0, blocked: 0, retention: [] },
});

it("says what the dot means", () => {
  expect(freshness(undefined, false).short).toBe("…");
  expect(freshness(status(0), false).short).toBe("up to date");
  expect(freshness(status(3), false).long).toContain("3 records cannot be seen yet");
  expect(freshness(status(0), true).short).toBe("offline");
});
