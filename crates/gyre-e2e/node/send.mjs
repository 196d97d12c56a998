// Sends a few events with the unmodified @segment/analytics-node.
import { Analytics } from "@segment/analytics-node";

const [host, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host, path: "/v1/batch", flushAt: 2, maxRetries: 3 });
const failures = [];
analytics.on("error", (error) => failures.push(error));
analytics.page({ userId: "node-user", name: "Home" });
for (let number = 0; number < 3; number++) {
  analytics.track({ userId: "node-user", event: "From Node", properties: { number } });
}
await analytics.closeAndFlush();
if (failures.length > 0) {
  console.error(failures);
  process.exit(1);
}
