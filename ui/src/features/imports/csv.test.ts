import { describe, expect, it } from "vitest";
import { lines, sheet } from "@/features/imports/csv";
import { mappingFile, nameOf } from "@/features/imports/mapping";
import { fingerprint, rows } from "@/features/imports/upload";
import { parseAllDocuments } from "yaml";

describe("a file", () => {
  it("is read with quotes, line breaks in quotes, and either line end", () => {
    const read = lines('a,b\r\n"x, ""y""","two\nlines"\n\nlast,');
    expect(read.map(({ values }) => values)).toEqual([["a", "b"], ['x, "y"', "two\nlines"], ["last", ""]]);
    expect(read[0]?.raw).toBe("a,b");
  });
  it("may begin with a mark of its byte order", () => {
    expect(sheet("\uFEFFid\n1").columns).toEqual(["id"]);
  });
  it("has rows that say what is wrong with them", () => {
    const [good, bad] = rows(sheet("id,n\nada,1\nbob"));
    expect(good).toMatchObject({ line: 1, values: { id: "ada", n: "1" } });
    expect(bad).toMatchObject({ line: 2, values: {}, malformed: "it has 1 values, the header has 2" });
  });
  it("is the same import when it is the same file", () => {
    expect(fingerprint("a,b")).toBe(fingerprint("a,b"));
    expect(fingerprint("a,b")).not.toBe(fingerprint("a,c"));
    // The reference value of FNV-1a for "foobar".
    expect(fingerprint("foobar")).toBe("85944171f73967e8");
  });
});

describe("a mapping", () => {
  it("has a name that a resource may have", () => {
    expect([nameOf("Orders 2026.csv"), nameOf("2026.csv"), nameOf("ä.csv")]).toEqual(["orders_2026", "import_2026", "import"]);
  });
  it("is two resources, and quotes what would be read as something else", () => {
    const { text } = mappingFile({ name: "orders", user: "id", event: "Order: Completed", at: "2026-01-01T00:00:00Z", properties: ["yes"] });
    const [source, mapping] = parseAllDocuments(text).map((one) => one.toJS());
    expect(source.kind).toBe("Source");
    expect(mapping.spec.records[0].event).toEqual({ name: { value: "Order: Completed" }, properties: { yes: { column: "yes" } } });
  });
});
