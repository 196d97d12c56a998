import { describe, expect, it } from "vitest";
import { lines, sheet } from "@/features/imports/csv";
import { mappingFile, nameOf } from "@/features/imports/mapping";
import { readRows, shown } from "@/features/imports/file";
import { fingerprint } from "@/features/imports/upload";
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
    const [good, bad] = readRows("a.csv", "id,n\nada,1\nbob").rows;
    expect(good).toMatchObject({ line: 1, values: { id: "ada", n: "1" } });
    expect(bad).toMatchObject({ line: 2, values: {}, malformed: "it has 1 values, the header has 2" });
  });
  it("of JSON lines has the columns of its objects, and counts empty lines", () => {
    const { format, columns, rows } = readRows("a.jsonl", '{"id":"ada","cart":{"sum":3}}\n\n[1]\n{"id":\n{"id":"bob","vip":true}\n');
    expect([format, columns]).toEqual(["jsonl", ["id", "cart.sum", "vip"]]);
    expect(rows.map(({ line }) => line)).toEqual([1, 3, 4, 5]);
    expect(rows[1]).toMatchObject({ malformed: "the line is not a JSON object", raw: "[1]" });
    expect(rows[2]?.malformed).toContain("the line is not JSON");
    expect(columns.map((column) => rows[0] && shown(rows[0], column))).toEqual(["ada", "3", ""]);
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
    const { text } = mappingFile({ name: "orders", format: "csv", user: "id", event: "Order: Completed", at: "2026-01-01T00:00:00Z", properties: ["yes"] });
    const [source, mapping] = parseAllDocuments(text).map((one) => one.toJS());
    expect(source.kind).toBe("Source");
    expect(mapping.spec.records[0].event).toEqual({ name: { value: "Order: Completed" }, properties: { yes: { column: "yes" } } });
  });
});
