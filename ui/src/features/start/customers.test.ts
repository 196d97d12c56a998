import { expect, it } from "vitest";
import { customers } from "@/features/start/customers";

const NOW = new Date("2026-04-01T00:00:00Z");

it("makes the same customers every time, all of the past, each event once", () => {
  const events = customers(50, NOW);
  expect(events).toEqual(customers(50, NOW));
  expect(events.length).toBeGreaterThan(200);
  expect(new Set(events.map(({ messageId }) => messageId)).size).toBe(events.length);
  expect(events.every(({ timestamp }) => new Date(timestamp) < NOW)).toBe(true);
  expect(new Set(events.map(({ userId }) => userId)).size).toBe(50);
});

it("gives nobody an address", () => {
  expect(JSON.stringify(customers(50, NOW))).not.toContain("@");
});
