import { expect, test } from "vitest";
import { told } from "@/features/live/told";

test("what came is laid out where it can be read", () => {
  expect(told('{"type":"track"}')).toBe('{\n  "type": "track"\n}');
  expect(told('{"type":')).toBe('{"type":');
});
