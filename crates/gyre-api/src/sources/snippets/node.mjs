import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "{{key}}", host: "{{url}}", path: "/v1/batch" });
analytics.track({ userId: "ada", event: "Order Completed", properties: { revenue: 40 } });
await analytics.closeAndFlush();
