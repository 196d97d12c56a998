// Drives the unmodified @segment/analytics-next (versions x modes x servers) and RudderStack's
// @rudderstack/analytics-js (modes x servers) in Chromium. Prints `sent` when every page has called track, then keeps the pages open until its standard input ends.
// Arguments: the write key, {sdk: {name: address}} as JSON, perhaps HTML to paste instead.
import { execFileSync } from "node:child_process";
import { createServer, request as forward } from "node:http";
import { createServer as createTls } from "node:https";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [writeKey, targets, snippet] = process.argv.slice(2);
const EVENTS = 3;
const VERSIONS = { "1.76": "analytics-next-1.76", 1.83: "analytics-next-1.83", 1.84: "@segment/analytics-next" };
const here = fileURLToPath(new URL("node_modules", import.meta.url));

const loader = (version, mode, cdnURL, user, leave) => `<!doctype html><title>shop</title>
<script>
  window.begun = 0;
  const plain = window.fetch;
  window.fetch = (...call) => {
    if (/\\/v1\\/[it]$/.test(String(call[0]))) window.begun += 1;
    return plain(...call);
  };
</script>
<script src="/umd/${version}"></script>
<script>
  const integrations = ${
    mode === "batching"
      ? `{"Segment.io": {deliveryStrategy: {strategy: "batching", config: {size: ${leave ? 100 : EVENTS + 1}, timeout: ${leave ? 60_000 : 300}}}}}`
      : `{"Segment.io": {deliveryStrategy: {config: {keepalive: true}}}}`
  };
  const analytics = AnalyticsNext.AnalyticsBrowser.load({writeKey: ${JSON.stringify(writeKey)}, cdnURL: ${JSON.stringify(cdnURL)}}, {integrations});
  analytics.identify(${JSON.stringify(user)}, {plan: "free"});
  for (let number = 0; number < ${EVENTS}; number++) analytics.track("From SDK", {number});
  analytics.ready(() => setTimeout(() => { window.called = true; }, 0));
</script>`;

const RUDDER = "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js";
const rudder = (mode, host, user) => `<!doctype html><title>shop</title>
<script src="/umd/rudder"></script>
<script>
  const { RudderAnalytics } = window.rudderanalytics ?? window;
  const analytics = new (RudderAnalytics ?? window.RudderAnalytics)();
  analytics.load(${JSON.stringify(writeKey)}, ${JSON.stringify(host)}, {
    configUrl: ${JSON.stringify(host)},
    useBeacon: ${mode === "beacon"},
    queueOptions: ${mode === "batch" ? "{batch: {enabled: true, maxItems: 10, flushInterval: 300}}" : "{}"},
  });
  analytics.identify(${JSON.stringify(user)}, {plan: "free"});
  for (let number = 0; number < ${EVENTS}; number++) analytics.track("From SDK", {number});
  analytics.ready(() => { window.called = true; });
</script>`;

const pages = createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname.startsWith("/umd/")) {
    const version = url.pathname.slice("/umd/".length);
    const path = version === "rudder" ? RUDDER : `${VERSIONS[version]}/dist/umd/index.js`;
    response.setHeader("content-type", "text/javascript");
    response.end(readFileSync(join(here, path)));
    return;
  }
  response.setHeader("content-type", "text/html");
  if (url.pathname === "/page") {
    const get = (name) => url.searchParams.get(name);
    if (get("version") === "rudder") return response.end(rudder(get("mode"), get("cdn"), get("user")));
    response.end(loader(get("version"), get("mode"), get("cdn"), get("user"), get("leave") === "yes"));
  } else {
    response.end(url.pathname === "/pasted" ? `<!doctype html><head>${snippet}</head>` : "<!doctype html>gone");
  }
});
await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${pages.address().port}`;

// Before 1.84 batches go to https whatever the settings say: batches go through TLS, as they do outside.
const secured = async (target) => {
  const server = createTls(certificate(), (request, response) => {
    const headers = { ...request.headers, "x-forwarded-proto": "https", connection: "close" };
    const { hostname, port } = new URL(target);
    const up = forward({ hostname, port, path: request.url, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    up.on("error", () => request.socket.destroy());
    request.pipe(up);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return `https://127.0.0.1:${server.address().port}`;
};
const servers = [pages];
const certificate = () => {
  const folder = mkdtempSync(join(tmpdir(), "gyre-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  execFileSync("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert,
  ], { stdio: "ignore" });
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return made;
};

const executablePath = process.env.GYRE_CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--ignore-certificate-errors"] });

// Each page has a browser of its own, as customers have: nothing is kept across them.
const open = async (path, prepare) => {
  const context = await browser.newContext();
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(path, error.message));
  await page.goto(base + path);
  await prepare?.(page);
};

if (snippet) {
  await open("/pasted", async (page) => {
    await page.waitForFunction(() => window.analytics.initialized === true);
    await page.evaluate(() => window.analytics.track("From SDK", {}));
  });
} else {
  const runs = [];
  for (const [sdk, hosts] of Object.entries(JSON.parse(targets))) {
    const [kind, ...rest] = sdk.split("-");
    const [version, mode] = kind === "rudder" ? ["rudder", rest[0]] : rest;
    for (const [name, target] of Object.entries(hosts)) {
      const cdn = mode === "batching" ? await secured(target) : target;
      const page = (user, leave) => `/page?${new URLSearchParams({ version, mode, cdn, user, leave })}`;
      const called = (page) => page.waitForFunction(() => window.called);
      const left = async (page) => {
        await called(page);
        // What the SDK has not begun to send when the page goes it keeps for the next page of the site.
        if (mode === "standard") await page.waitForFunction((all) => window.begun === all, EVENTS + 1);
        await page.goto(`${base}/gone`);
      };
      // Beacons go when a page is left; nobody sends one again.
      runs.push([page(`${sdk}-${name}`, "no"), mode === "beacon" ? left : called]);
      // A page that is left at once, while requests are on their way or, in batches, with nothing sent yet:
      // events go with it, once.
      if (kind === "next" && name === "none") runs.push([page(`${sdk}-left`, "yes"), left]);
    }
  }
  // A few at a time: it is the faults that matter, not the load.
  const worker = async () => {
    for (let run = runs.shift(); run; run = runs.shift()) await open(...run);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}
console.log("sent");
process.stdin.resume();
await new Promise((resolve) => process.stdin.on("end", resolve));
await browser.close();
for (const server of servers) server.close();
process.exit(0);
