import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { useHeld } from "@/features/boards/hooks";

it("does not change under the pointer, but for another question or on request", () => {
  const { result, rerender } = renderHook(({ next, asked, held }) => useHeld(next, asked, held), { initialProps: { next: "one", asked: "q", held: true } });
  expect(result.current.shown).toBe("one");
  rerender({ next: "two", asked: "q", held: true });
  expect([result.current.shown, result.current.waits]).toEqual(["one", true]);
  act(() => result.current.take());
  expect([result.current.shown, result.current.waits]).toEqual(["two", false]);
  rerender({ next: "three", asked: "other", held: true });
  expect(result.current.shown).toBe("three");
  rerender({ next: "four", asked: "other", held: false });
  expect([result.current.shown, result.current.waits]).toEqual(["four", false]);
});
