// Drives the unmodified @segment/analytics-next (versions x modes x servers) and RudderStack's
// @rudderstack/analytics-js (modes x servers) in Chromium. Prints `sent` when every page has called track, then keeps the pages open until its standard input ends.
// Arguments: the write key, {sdk: {name: address}} as JSON, perhaps HTML to paste instead.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
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

const loader = (version, mode, cdnURL, user, leave, calls) => `<!doctype html><title>shop</title>
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
  const taken = [];
  if (${calls}) {
    taken.push(analytics.identify(${JSON.stringify(user)}, {plan: "free"}));
    for (let number = 0; number < ${EVENTS}; number++) taken.push(analytics.track("From SDK", {number}));
  }
  analytics.ready(() => setTimeout(() => { window.called = true; }, 0));
  // In batches an event is taken when it is in the batch; else when it is sent.
  Promise.all(taken).then(() => { window.taken = true; });
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
    response.end(loader(get("version"), get("mode"), get("cdn"), get("user"), get("leave") === "yes", get("calls") !== "no"));
  } else {
    response.end(url.pathname === "/pasted" ? `<!doctype html><head>${snippet}</head>` : "<!doctype html>gone");
  }
});
await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${pages.address().port}`;

// Before 1.84 batches go to https whatever the settings say: batches go through TLS, as they do outside.
const secured = (target) => relay(target, (answer) => createTls(certificate, answer), "https");
const counted = (target) => relay(target, createServer, "http");

/** Before a server; counts what is sent to it. */
const relay = async (target, create, scheme) => {
  const seen = { posts: 0 };
  const server = create((request, response) => {
    const headers = { ...request.headers, "x-forwarded-proto": scheme, connection: "close" };
    const { hostname, port } = new URL(target);
    seen.posts += request.method === "POST" ? 1 : 0;
    const up = forward({ hostname, port, path: request.url, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    up.on("error", () => request.socket.destroy());
    request.pipe(up);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return Object.assign(seen, { url: `${scheme}://127.0.0.1:${server.address().port}` });
};
const servers = [pages];
const openssl = (...words) => execFileSync("openssl", words, { stdio: ["ignore", "pipe", "ignore"] });
const selfSigned = () => {
  const folder = mkdtempSync(join(tmpdir(), "gyre-tls-"));
  const [key, cert, pub] = ["key.pem", "cert.pem", "pub.pem"].map((name) => join(folder, name));
  openssl(
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert,
  );
  openssl("pkey", "-in", key, "-pubout", "-outform", "der", "-out", pub);
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  const pin = createHash("sha256").update(readFileSync(pub)).digest("base64");
  rmSync(folder, { recursive: true });
  return [made, pin];
};
const [certificate, pin] = selfSigned();

const executablePath = process.env.GYRE_CHROMIUM ?? "/usr/bin/chromium";
// The certificate is trusted by its key. A switch that ignores all errors asks the page each time, and a page
// that was left does not answer: what it sends as it goes would be dropped.
const trust = `--ignore-certificate-errors-spki-list=${pin}`;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", trust] });

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
      const door = mode === "batching" ? await secured(target) : { url: target };
      const page = (cdn, user, leave, more) => `/page?${new URLSearchParams({ version, mode, cdn, user, leave, ...more })}`;
      const called = (tab) => tab.waitForFunction(() => window.called);
      const left = (cdn) => async (tab) => {
        await called(tab);
        if (mode === "standard") await tab.waitForFunction((all) => window.begun >= all, EVENTS + 1);
        if (mode === "batching") await tab.waitForFunction(() => window.taken);
        // What did not go with the page the SDK has kept for the next one of the site.
        const next = kind === "next" ? page(cdn, "", "no", { calls: "no" }) : "/gone";
        await Promise.all([tab.waitForURL(base + next), tab.evaluate((to) => { location.href = to; }, next)]);
      };
      // A browser that is short of time ends pages before they have sent what they send as they go. Then
      // nothing has left it, and the visit is made again.
      const leaving = async (user, door) => {
        for (let visit = 0; visit < 5; visit++) {
          await open(page(door.url, user, "yes"), left(door.url));
          for (let look = 0; look < 200 && door.posts === 0; look++) await new Promise((go) => setTimeout(go, 100));
          if (door.posts !== 0) return;
          console.error(`${sdk}: the browser ended a page before it had sent`);
        }
      };
      // Beacons go when a page is left; nobody sends one again.
      if (mode === "beacon") {
        runs.push(async () => leaving(`${sdk}-${name}`, await counted(target)));
        continue;
      }
      runs.push(() => open(page(door.url, `${sdk}-${name}`, "no"), called));
      // A page that is left at once, while requests are on their way or, in batches, with nothing sent yet:
      // events go with it, once.
      if (kind === "next" && name === "none") {
        runs.push(async () => leaving(`${sdk}-left`, await (mode === "batching" ? secured : counted)(target)));
      }
    }
  }
  // A few at a time: it is the faults that matter, not the load.
  const worker = async () => {
    for (let run = runs.shift(); run; run = runs.shift()) await run();
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}
console.log("sent");
process.stdin.resume();
await new Promise((resolve) => process.stdin.on("end", resolve));
await browser.close();
for (const server of servers) server.close();
process.exit(0);
