// Sends a few events with one of the unmodified SDKs, once to each of the given servers, all at once.
// Arguments: which SDK, the write key, and {name: address} as JSON. Users are `<sdk>-<name>`.
const [sdk, writeKey, targets] = process.argv.slice(2);
const EVENTS = 3;

const segment = (name) => async (host, user, failed) => {
  const { Analytics } = await import(name);
  const analytics = new Analytics({
    writeKey, host, path: "/v1/batch", maxEventsInBatch: EVENTS + 1, flushAt: EVENTS + 1, maxRetries: 5,
    flushInterval: 100,
  });
  analytics.on("error", failed);
  analytics.identify({ userId: user, traits: { plan: "free" } });
  for (let number = 0; number < EVENTS; number++) {
    analytics.track({ userId: user, event: "From SDK", properties: { number } });
  }
  await analytics.closeAndFlush({ timeout: 60_000 });
};

const rudder = async (host, user, failed) => {
  const { default: module } = await import("@rudderstack/rudder-sdk-node");
  const Analytics = module.default ?? module;
  const analytics = new Analytics(writeKey, { dataPlaneUrl: host, flushAt: 20, flushInterval: 50, errorHandler: failed });
  analytics.identify({ userId: user, traits: { plan: "free" } });
  for (let number = 0; number < EVENTS; number++) {
    analytics.track({ userId: user, event: "From SDK", properties: { number } });
  }
  await analytics.flush();
};

const posthog = async (host, user, failed) => {
  const { PostHog } = await import("posthog-node");
  const client = new PostHog(writeKey, { host, flushAt: 20, flushInterval: 50, fetchRetryDelay: 200, fetchRetryCount: 5 });
  client.on?.("error", failed);
  client.identify({ distinctId: user, properties: { plan: "free" } });
  for (let number = 0; number < EVENTS; number++) {
    client.capture({ distinctId: user, event: "From SDK", properties: { number } });
  }
  await client.shutdown(60_000);
};

const SDKS = {
  "segment-1": segment("analytics-node-1"),
  "segment-2": segment("analytics-node-2"),
  "segment-3": segment("@segment/analytics-node"),
  rudder,
  posthog,
};

const failures = [];
const runs = Object.entries(JSON.parse(targets)).map(([name, host]) =>
  SDKS[sdk](host, `${sdk}-${name}`, (error) => failures.push([name, error])),
);
await Promise.all(runs);
for (const [name, error] of failures) console.error(name, error);
process.exit(failures.length > 0 ? 1 : 0);
