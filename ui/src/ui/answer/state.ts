// In which state an answer is: whether there is anything to show, and if not, why.
import type { Metric, MetricAnswer, MetricQuestion, MetricValue } from "@/api/metrics";

const something = (value: MetricValue | undefined) =>
  value !== undefined && (value.n > 0 || (value.value != null && value.value !== 0) || value.immature > 0 || value.state === "hidden" || value.state === "mixed_currencies");

/** Whether nothing at all was counted. */
export function isEmpty(answer: MetricAnswer): boolean {
  const values = [...answer.rows, ...answer.groups].flatMap(({ metrics }) => Object.values(metrics)).concat(Object.values(answer.total));
  return !values.some(({ now }) => something(now));
}

/** The same question of all time and everybody, to know whether there was ever anything. */
export const everOf = (question: MetricQuestion): MetricQuestion => ({
  metrics: question.metrics, dimensions: question.dimensions, cohort: question.cohort,
  time: { range: { type: "all" } }, limit: 1,
});

interface Remedy {
  says: string;
  to: "/sources" | "/imports" | "/campaigns" | "/loops";
  name: string;
}

const EVENTS: Remedy = { says: "It begins with the first event that comes in.", to: "/sources", name: "Connect a source" };
const MESSAGES: Remedy = { says: "It begins with the first message that is sent or shown.", to: "/campaigns", name: "See the campaigns" };
const ROWS: Remedy = { says: "It comes from imported rows.", to: "/imports", name: "Import a file" };

/** What a fact needs before there is anything of it. */
const REMEDIES: Record<string, Remedy> = {
  send: MESSAGES, delivery: MESSAGES, response: MESSAGES, outcome: MESSAGES,
  exposure: { says: "It begins when a loop has given somebody an arm.", to: "/loops", name: "See the loops" },
  turn: { says: "It begins with the first turn of a loop.", to: "/loops", name: "See the loops" },
  change: { says: "It begins with the first version of a campaign.", to: "/campaigns", name: "See the campaigns" },
  spend: { ...ROWS, says: "It comes from imported rows of the kind ad_spend, with channel, campaign, spend and currency." },
  cost: { ...ROWS, says: "It comes from imported rows of the kind ad_spend, and from offers in messages." },
  survey: { ...ROWS, says: "It comes from responses of the kinds csat and nps." },
  order: { ...EVENTS, says: "It begins with the first Order Completed that comes in." },
  customer: { ...EVENTS, says: "It begins with the first Order Completed that comes in." },
  violation: { ...EVENTS, says: "Nothing broke a tracking plan, or there is none yet." },
};

/** What to do about a metric that never had data. */
export function remedy(metrics: readonly Metric[], name: string | undefined): Remedy {
  const of = metrics.find((one) => one.name === name)?.definition["of"] as { fact?: string } | undefined;
  const numerator = metrics.find((one) => one.name === name)?.definition["numerator"];
  if (!of?.fact && typeof numerator === "string") return remedy(metrics, numerator);
  return REMEDIES[of?.fact ?? ""] ?? EVENTS;
}

const MINUTE = 60_000;

/** How far behind the server's clock an answer is, in whole minutes; nothing where it is not old. */
export function minutesOld(watermark: string, now: string | undefined): number | null {
  const old = now ? Math.floor((Date.parse(now) - Date.parse(watermark)) / MINUTE) : 0;
  return old >= 10 ? old : null;
}
