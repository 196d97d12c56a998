import { expect, it } from "vitest";
import { fill } from "@/features/campaigns/fill";

it("fills in defaults, and names what has none", () => {
  expect(fill('{{ person.first_name | default: "Hello" }}, use {{ offer.code }}.')).toBe("Hello, use [code].");
  expect(fill('<p>{{ person.first_name | default: "there" | escape }}</p>')).toBe("<p>there</p>");
});
