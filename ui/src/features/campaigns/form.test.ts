import { expect, it } from "vitest";
import { changed } from "@/features/campaigns/form";
import { asYaml } from "@/ui/yaml";

it("changes one key, and takes out what is emptied", () => {
  const spec = { audience: "due", control: "discount" };
  expect(changed(spec, "audience", "customers")).toEqual({ audience: "customers", control: "discount" });
  expect(changed(spec, "control", "")).toEqual({ audience: "due" });
  expect(changed(spec, "switched_off", false)).toEqual({ ...spec, switched_off: false });
});

it("writes a resource as people write it", () => {
  const version = { kind: "Campaign", name: "win_back", metadata: { description: "Who is due?", name: "win_back" }, spec: { variants: [{ content: {}, name: "nothing" }] } };
  expect(asYaml(version)).toBe(
    "apiVersion: gyre/v1\nkind: Campaign\nmetadata:\n  name: win_back\n  description: Who is due?\nspec:\n  variants:\n    - name: nothing\n      content: {}\n",
  );
});
