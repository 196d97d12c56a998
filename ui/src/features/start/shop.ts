// The demo shop: the resources of examples/shop, and made-up customers with three months behind them.
import { client, take } from "@/api/client";
import { collect } from "@/api/collect";
import { customers } from "@/features/start/customers";

export interface Progress {
  done: number;
  of: number;
  doing: string;
}

const KEY = "shop-server-key-0001";
const BATCH = 200;
const FILES = import.meta.glob<string>("../../../../examples/shop/*.yaml", { query: "?raw", import: "default" });

async function files() {
  const wanted = Object.entries(FILES).filter(([path]) => !path.endsWith("/tests.yaml"));
  return Promise.all(wanted.map(async ([path, load]) => ({ name: path.split("/").pop() ?? path, text: await load() })));
}

/** Applies the resources, then sends the past, batch by batch, each once it is on disk. */
export async function loadShop(say: (progress: Progress) => void): Promise<void> {
  await take(client.POST("/v1/apply", { body: { files: await files() } }));
  const { now } = await take(client.GET("/v1/clock"));
  const events = customers(400, new Date(now));
  for (let at = 0; at < events.length; at += BATCH) {
    say({ done: at, of: events.length, doing: `sending events: ${at} of ${events.length}` });
    const { rejected } = await collect(KEY, events.slice(at, at + BATCH));
    const first = rejected[0];
    if (first) throw new Error(`an event was rejected: ${first.message}`);
  }
  say({ done: events.length, of: events.length, doing: "done" });
}
