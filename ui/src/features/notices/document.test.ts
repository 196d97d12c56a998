import { expect, test } from "vitest";
import { addresses, alertOf, reportOf } from "@/features/notices/document";

test("addresses are what stands between commas and spaces", () => {
  expect(addresses(" a@example.com,b@example.com;\n c@example.com ")).toEqual(["a@example.com", "b@example.com", "c@example.com"]);
  expect(addresses(" ")).toEqual([]);
});

test("a report is a document with a name made of its title", () => {
  const made = reportOf({ title: "Monday: sales", board: "executive", every: "weekly", hour: "8", zone: "UTC", to: "a@example.com" });
  expect(made.file).toBe("report-monday_sales.yaml");
  expect(made.text).toBe(
    "apiVersion: gyre/v1\nkind: Report\nmetadata:\n  name: monday_sales\nspec:\n  title: \"Monday: sales\"\n  board: executive\n  every: weekly\n  hour: 8\n  to:\n    - a@example.com\n",
  );
});

test("an alert has one line", () => {
  const made = alertOf({ title: "Few orders", metric: "orders", line: "below", value: "20", every: "1h", quiet: "1d", to: "a@example.com b@example.com" });
  expect(made.text).toContain("  when:\n    below: 20\n  every: 1h\n  quiet: 1d\n");
});

test("what the page was narrowed to stands in the document", () => {
  const looked = { where: "channel=email|in_app", range: "7d", zone: "Europe/Berlin" };
  const alert = alertOf({ title: "Few", metric: "orders", line: "below", value: "1", every: "1h", quiet: "", to: "a@example.com", looked });
  expect(alert.text).toContain("  where:\n    - field: channel\n      op: in\n      values:\n        - email\n        - in_app\n  range:\n    type: rolling\n    n: 7\n    unit: day\n  zone: Europe/Berlin\n  when:");
  const report = reportOf({ title: "All", board: "executive", every: "daily", hour: "7", zone: "UTC", to: "a@example.com", looked });
  expect(report.text).toContain("  where:\n    - field: channel\n");
  expect(report.text).toContain("  range:\n    type: rolling\n");
});
