import { brotliCompressSync, constants } from "node:zlib";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const dist = fileURLToPath(new URL("dist", import.meta.url));

/** analytics.js of Segment (MIT), which customers' pages load from the server: as it is in its package. */
function analytics(): Plugin {
  return {
    name: "gyre-analytics",
    apply: "build",
    closeBundle() {
      const from = fileURLToPath(new URL("node_modules/@segment/analytics-next", import.meta.url));
      const to = join(dist, "analytics-next/bundles");
      mkdirSync(to, { recursive: true });
      for (const file of readdirSync(join(from, "dist/umd"))) {
        if (file.endsWith(".js")) copyFileSync(join(from, "dist/umd", file), join(to, file));
      }
      copyFileSync(join(from, "LICENSE.MD"), join(to, "LICENSE.txt"));
    },
  };
}

/** What the binary serves to browsers that take it, so that it never compresses while it answers. */
function compressed(): Plugin {
  return {
    name: "gyre-compressed",
    apply: "build",
    closeBundle() {
      for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|html|svg|json)$/.test(file)) continue;
        const text = readFileSync(join(dist, file));
        if (text.length < 1024) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(join(dist, `${file}.br`), brotliCompressSync(text, { params }));
      }
    },
  };
}

const server = process.env["GYRE_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwind(), analytics(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  build: { outDir: "dist", emptyOutDir: true, target: "es2023", sourcemap: false, assetsInlineLimit: 0 },
  server: { proxy: { "/v1": { target: server }, "/healthz": { target: server } }, fs: { allow: [".."] } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
} as Parameters<typeof defineConfig>[0]);
