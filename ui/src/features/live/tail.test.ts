import { describe, expect, it } from "vitest";
import { KEPT, read, step, type Heard, type Tail } from "@/features/live/tail";

const heard = (id: number): Heard => ({ id: `${id}`, family: "event", at: "", title: "", who: "", detail: "" });
const hear = (tail: Tail, id: number) => step(tail, { do: "hear", heard: heard(id) });
const empty: Tail = { shown: [], held: [], holding: false };

describe("the tail", () => {
  it("stands still while somebody looks, and loses nothing", () => {
    let tail = hear(empty, 1);
    tail = step(tail, { do: "hold" });
    tail = hear(hear(tail, 2), 3);
    expect(tail.shown.map(({ id }) => id)).toEqual(["1"]);
    tail = step(tail, { do: "release" });
    expect(tail.shown.map(({ id }) => id)).toEqual(["3", "2", "1"]);
  });
  it("keeps so many and no more", () => {
    let tail = empty;
    for (let id = 0; id < KEPT + 5; id += 1) tail = hear(tail, id);
    expect(tail.shown).toHaveLength(KEPT);
    expect(tail.shown[0]?.id).toBe(`${KEPT + 4}`);
  });
  it("says what a record is about", () => {
    const event = { family: "event", partition: 0, offset: 7, at: "2026-03-02T10:00:00Z", record: { event: { type: "track", event: "Order Completed", userId: "ada" } } };
    expect(read(JSON.stringify(event))).toMatchObject({ id: "0/7", title: "Order Completed", who: "ada" });
    const letter = { family: "dead_letter", partition: 0, offset: 8, at: "", record: { message: "no id", origin: "source:shop" } };
    expect(read(JSON.stringify(letter))).toMatchObject({ title: "no id", who: "source:shop" });
  });
});
