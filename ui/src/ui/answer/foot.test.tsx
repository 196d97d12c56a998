import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { MetricAnswer } from "@/api/metrics";
import { AnswerFoot } from "@/ui/answer/foot";

vi.mock("@/api/server", () => ({ useStatus: () => ({ data: undefined }) }));

afterEach(cleanup);

const answer: MetricAnswer = {
  metrics: [], dimensions: [], compared: [], grain: "none", zone: "UTC", population: "default",
  period: { from: "2026-01-01", to: "2026-02-01", from_at: "2026-01-01T00:00:00Z", to_at: "2026-02-01T00:00:00Z" },
  watermark: "2026-02-01T00:00:00Z", rows: [], groups: [], total: {}, notes: [], truncated: false, renewing: false,
  coverage: { days: 28, people: 0.97, events: 0.95, late: 0.004 },
};

it("shows what the numbers rest on", () => {
  render(<AnswerFoot answer={answer} />);
  expect(screen.getByText("covers 97.0 %")).toBeDefined();
  expect(screen.getByText("late 0.4 %")).toBeDefined();
  expect(screen.getByText(/95.0 % of events are theirs/u)).toBeDefined();
});

it("says nothing where it is not known yet", () => {
  render(<AnswerFoot answer={{ ...answer, coverage: null }} />);
  expect(screen.queryByText(/covers|late/u)).toBeNull();
});
