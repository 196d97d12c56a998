// Made-up customers: the same every time, so that two installs show the same.

const DAY = 86_400_000;
const DAYS = 90;
const NAMES = ["Ada", "Bob", "Cleo", "Dan", "Eve", "Finn", "Grace", "Hugo", "Iris", "Jon", "Kim", "Lea"];

export interface ShopEvent {
  type: "identify" | "track" | "page";
  userId: string;
  messageId: string;
  timestamp: string;
  event?: string;
  name?: string;
  traits?: Record<string, unknown>;
  properties?: Record<string, unknown>;
}

/** Mulberry32: small, and good enough for customers who do not exist. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function life(index: number, now: number): ShopEvent[] {
  const draw = chance(index + 1);
  const userId = `demo-${String(index + 1).padStart(4, "0")}`;
  const events: ShopEvent[] = [];
  const add = (at: number, event: Omit<ShopEvent, "userId" | "messageId" | "timestamp">) =>
    events.push({ ...event, userId, messageId: `${userId}-${events.length}`, timestamp: new Date(at).toISOString() });
  let at = now - (0.2 + 0.8 * draw()) * DAYS * DAY;
  const pause = 12 + 40 * draw();
  const deals = draw() < 0.35;
  add(at, { type: "identify", traits: { first_name: NAMES[index % NAMES.length] } });
  while (at < now) {
    add(at, { type: "page", name: "Home" });
    if (draw() < 0.4) add(at + 60_000, { type: "track", event: "Shipping Info Viewed", properties: {} });
    const revenue = Math.round((20 + 60 * draw()) * 100) / 100;
    const discount = deals && draw() < 0.7 ? Math.round(revenue * 15) / 100 : 0;
    if (discount > 0) add(at + 120_000, { type: "track", event: "Coupon Applied", properties: { code: "WELCOME15" } });
    const margin = Math.round(revenue * 45) / 100;
    add(at + 180_000, { type: "track", event: "Order Completed", properties: { revenue, margin, discount } });
    at += pause * (0.5 + draw()) * DAY;
  }
  return events.filter(({ timestamp }) => new Date(timestamp).getTime() < now);
}

/** What so many customers did until now, oldest first. */
export function customers(people: number, now: Date): ShopEvent[] {
  const all = Array.from({ length: people }, (_, index) => life(index, now.getTime())).flat();
  return all.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}
