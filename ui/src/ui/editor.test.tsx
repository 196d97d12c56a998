import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Editor } from "@/ui/editor";

const state = vi.hoisted(() => ({ applied: false }));
vi.mock("@/api/resources", () => ({
  usePlan: () => ({ reset: () => undefined, mutate: () => undefined }),
  useApply: () => ({
    reset: () => { state.applied = false; },
    mutate: () => undefined,
    isSuccess: state.applied,
    data: state.applied ? { applied: [{ kind: "Audience", name: "a", version: 2 }] } : undefined,
  }),
}));

const shown = () => screen.getByLabelText<HTMLTextAreaElement>("Text of a.yaml").value;
const write = (text: string) => fireEvent.change(screen.getByLabelText("Text of a.yaml"), { target: { value: text } });

beforeEach(() => { state.applied = false; });
afterEach(cleanup);

it("shows what runs as it changes, as long as nobody writes", () => {
  const { rerender } = render(<Editor file="a.yaml" text="one" />);
  rerender(<Editor file="a.yaml" text="two" />);
  expect(shown()).toBe("two");
});

it("keeps what somebody is writing", () => {
  const { rerender } = render(<Editor file="a.yaml" text="one" />);
  write("mine");
  rerender(<Editor file="a.yaml" text="two" />);
  expect(shown()).toBe("mine");
  fireEvent.click(screen.getByText("Back to what runs"));
  expect(shown()).toBe("two");
});

it("still says what was applied when that comes back as what runs", () => {
  const { rerender } = render(<Editor file="a.yaml" text="one" />);
  write("mine ");
  state.applied = true;
  rerender(<Editor file="a.yaml" text="mine" />);
  expect(shown()).toBe("mine");
  expect(screen.getByText("Applied: Audience a, version 2.")).toBeDefined();
});
