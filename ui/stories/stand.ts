// Two servers for the stories: an empty one, and one with a shop whose loop has turned. They are told
// to the stories by variables, and end with the run.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const gyre = process.env["GYRE_BIN"] ?? "";
const sim = process.env["GYRE_SIM_BIN"] ?? "";
const people = process.env["GYRE_PEOPLE"] ?? "500";
const turns = process.env["GYRE_TURNS"] ?? "2";
const root = resolve(import.meta.dirname, "../..");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (typeof address !== "object" || !address) throw new Error("no port is free");
  return address.port;
}

export interface Stand {
  url: string;
  token: string;
  stop: () => void;
}

async function start(folder: string, name: string, options: string[]): Promise<Stand & { server: ChildProcess }> {
  const port = await freePort();
  const data = join(folder, name);
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(gyre, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`, "--public-url", url, ...options], { stdio: "ignore" });
  for (let tries = 0; tries < 600; tries += 1) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    const well = await fetch(`${url}/healthz`).then((answer) => answer.ok, () => false);
    if (well) return { url, token: readFileSync(join(data, "token"), "utf8").trim(), server, stop: () => server.kill() };
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the server does not answer");
}

function run(program: string, words: string[]) {
  const { status, stderr, stdout } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${words[0]}: ${status}\n${stdout}\n${stderr}`);
}

async function post({ url, token }: Stand, path: string, body: unknown) {
  const answer = await fetch(url + path, { method: "POST", headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** A shop whose loop has turned: with changes that wait for somebody, or (`GYRE_AUTO`) with changes it made by itself. */
async function shop(folder: string): Promise<Stand> {
  const smtp = await freePort();
  const stand = await start(folder, "shop", [
    "--smtp", `smtp://127.0.0.1:${smtp}`, "--from", "Shop <shop@example.com>",
    "--clock", "manual", "--start", "2026-01-01T00:00:00Z", "--secret-seed", "1",
  ]);
  const at = ["--server", stand.url, "--token-file", join(folder, "shop", "token")];
  run(gyre, ["apply", join(root, "examples/shop"), ...at]);
  if (!process.env["GYRE_AUTO"]) {
    const text = readFileSync(join(root, "examples/shop/loop.yaml"), "utf8");
    await post(stand, "/v1/apply", { files: [{ name: "loop.yaml", text: text.replace("mode: auto", "mode: approve") }] });
  }
  run(sim, ["run", ...at, "--write-key", "shop-server-key-0001", "--smtp-listen", `127.0.0.1:${smtp}`, "--seed", "1", "--people", people, "--turns", turns]);
  await post(stand, "/v1/batch", { writeKey: "shop-server-key-0001", batch: [{ type: "track", event: "Nobody Did This" }] });
  return stand;
}

export default async function stands(): Promise<() => void> {
  if (!gyre || !sim) throw new Error("GYRE_BIN and GYRE_SIM_BIN say which binaries are driven");
  const folder = mkdtempSync(join(tmpdir(), "gyre-stories-"));
  const [empty, full] = await Promise.all([start(folder, "empty", ["--retain", "event=4000d", "--connectors", join(root, "ui/stories/connectors")]), shop(folder)]);
  for (const [name, { url, token }] of Object.entries({ EMPTY: empty, SHOP: full })) {
    process.env[`${name}_URL`] = url;
    process.env[`${name}_TOKEN`] = token;
  }
  return () => {
    empty.stop();
    full.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
