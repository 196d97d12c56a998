import { afterEach, describe, expect, it, vi } from "vitest";
import { listen, messages } from "@/api/stream";

describe("messages", () => {
  it("come whole, and what is unfinished waits", () => {
    expect(messages('data: {"a":1}\n\n:\n\ndata: {"b":')).toEqual({ data: ['{"a":1}'], rest: 'data: {"b":' });
  });
  it("join their lines", () => {
    expect(messages("data: a\ndata: b\n\n")).toEqual({ data: ["a\nb"], rest: "" });
  });
});

describe("listen", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("tells what comes, and that the stream broke", async () => {
    const pieces = ["data: o", "ne\n\nda", "ta: two\n\n"];
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        pieces.forEach((piece) => controller.enqueue(new TextEncoder().encode(piece)));
        controller.close();
      },
    });
    vi.stubGlobal("fetch", vi.fn().mockResolvedValueOnce(new Response(body)).mockReturnValue(new Promise(() => {})));
    const heard: string[] = [];
    const states: string[] = [];
    const stop = listen({ path: "/x", onMessage: (data) => heard.push(data), onState: (state) => states.push(state) });
    await vi.waitFor(() => expect(states).toContain("broken"));
    stop();
    expect(heard).toEqual(["one", "two"]);
    expect(states.slice(0, 2)).toEqual(["connecting", "open"]);
  });
});
