import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

/** Copies the two fonts (and their licence) that the server's PDF maker embeds. */
function fonts(): Plugin {
  return {
    name: "fangxian-fonts",
    apply: "build",
    writeBundle() {
      const require = createRequire(import.meta.url);
      const from = dirname(require.resolve("@expo-google-fonts/noto-sans-sc/package.json"));
      const to = join(dist, "fonts");
      mkdirSync(to, { recursive: true });
      copyFileSync(join(from, "400Regular/NotoSansSC_400Regular.ttf"), join(to, "NotoSansSC-Regular.ttf"));
      copyFileSync(join(from, "700Bold/NotoSansSC_700Bold.ttf"), join(to, "NotoSansSC-Bold.ttf"));
      copyFileSync(join(from, "LICENSE_FONT"), join(to, "OFL.txt"));
    },
  };
}

/** Desk pages have these; the camera's decoder is kept when it has been needed once. */
const ELSEWHERE = ["app.js", "sw.js", "scan.js"];

/** The files with which the field app opens without a network: all its parts, whatever the build has cut it into. */
function fieldFiles(): string[] {
  const parts = readdirSync(dist).filter((name) => name.endsWith(".js") && !ELSEWHERE.includes(name));
  for (const name of ["field.js", "gate.js", "round.js", "lane.js"]) {
    if (!parts.includes(name)) throw new Error(`dist/${name} is missing: run "npm run build"`);
  }
  return [...parts.sort(), "field.css", "favicon.svg", "icon-192.png"].map((name) => `/assets/${name}`);
}

/** The version of the service worker's cache is a hash of what it caches: the same files, the same name. */
function cacheVersion(): string {
  const hash = createHash("sha256");
  for (const path of [...fieldFiles(), "/assets/manifest.webmanifest"]) {
    const name = path.slice("/assets/".length);
    hash.update(name).update(readFileSync(join(dist, name)));
  }
  return hash.digest("hex").slice(0, 12);
}

const names = {
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name]-[hash].js",
  assetFileNames: "[name][extname]",
};

/** The field app's parts have names that stay, so that the service worker can keep them. */
const fieldNames = { ...names, chunkFileNames: "[name].js" };

// Three small builds into one folder, because they run in different places:
// desk computers, old phones, and the service worker (one file, no imports).
export default defineConfig(({ mode }): UserConfig => {
  const common = { outDir: dist, reportCompressedSize: true, modulePreload: false as const };
  switch (mode) {
    case "field":
      return {
        base: "/assets/",
        publicDir: false,
        build: {
          ...common,
          emptyOutDir: false,
          target: ["es2019", "chrome70", "safari13"],
          rolldownOptions: { input: { field: join(root, "src/field/field.ts") }, output: fieldNames },
        },
      };
    case "sw":
      return {
        base: "/assets/",
        publicDir: false,
        define: { __CACHE_VERSION__: JSON.stringify(cacheVersion()), __FIELD_FILES__: JSON.stringify(fieldFiles()) },
        build: {
          ...common,
          emptyOutDir: false,
          target: ["es2019", "chrome70", "safari13"],
          rolldownOptions: { input: { sw: join(root, "src/sw.ts") }, output: { ...names, format: "iife" } },
        },
      };
    default:
      return {
        base: "/assets/",
        plugins: [fonts()],
        build: {
          ...common,
          emptyOutDir: true,
          target: ["es2022", "chrome94", "safari15.4"],
          chunkSizeWarningLimit: 700,
          rolldownOptions: { input: { app: join(root, "src/app/app.ts") }, output: names },
        },
      };
  }
});
