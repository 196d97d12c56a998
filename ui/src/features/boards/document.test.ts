import { expect, it } from "vitest";
import { parse } from "yaml";
import { noted, renamed } from "@/features/boards/document";
import { nameFrom } from "@/ui/text";

const YAML = "apiVersion: gyre/v1\nkind: Board\nmetadata:\n  name: executive\nspec:\n  title: Executive\n  sections: []\n";

it("is the same board under another name", () => {
  const { metadata, spec } = parse(renamed(YAML, "mine", "Mine: first", { type: "rolling", n: 7, unit: "day" }));
  expect([metadata, spec]).toEqual([{ name: "mine" }, { title: "Mine: first", sections: [], range: { type: "rolling", n: 7, unit: "day" } }]);
  expect(nameFrom("  Förder & Co. 2026 ")).toBe("fo_rder_co_2026");
});

it("keeps what was noted before", () => {
  const one = noted(YAML, "2026-01-05T00:00:00Z", "It rained");
  const both = noted(one, "2026-01-06T00:00:00Z", "It: snowed");
  expect(parse(both).spec.annotations).toEqual([{ at: "2026-01-05T00:00:00Z", title: "It rained" }, { at: "2026-01-06T00:00:00Z", title: "It: snowed" }]);
});
