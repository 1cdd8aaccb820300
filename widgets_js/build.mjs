// Builds the widgets into src/crystalviz/static:
//   store.js    all views and the shared core; rides in the one hidden store widget
//   view.js     the thin module every visible widget carries; asks the store to mount it
//   offline.js  boots the same views from data inside one HTML file, without a kernel
//   mark_map.js, mark_map_offline.js  the MarkMap likewise; it needs no image store
// The layout worker is bundled first and inlined as text, because a notebook has no URL for it.
import * as esbuild from "esbuild";
import { fileURLToPath } from "node:url";
import path from "node:path";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "..", "src", "crystalviz", "static");

const inlineWorker = {
  name: "inline-worker",
  setup(build) {
    build.onLoad({ filter: /\.worker\.ts$/ }, async (args) => {
      const bundled = await esbuild.build({
        entryPoints: [args.path],
        bundle: true,
        minify: true,
        write: false,
        format: "iife",
        target: "es2022",
      });
      return { contents: bundled.outputFiles[0].text, loader: "text", watchFiles: [args.path] };
    });
  },
};

const options = {
  entryPoints: {
    store: path.join(here, "src/store_widget.ts"),
    view: path.join(here, "src/view_widget.ts"),
    offline: path.join(here, "src/offline.ts"),
    mark_map: path.join(here, "src/mark_map_widget.ts"),
    mark_map_offline: path.join(here, "src/mark_map_offline.ts"),
  },
  outdir: out,
  bundle: true,
  minify: true,
  legalComments: "none",
  format: "esm",
  target: "es2022",
  loader: { ".css": "text" },
  plugins: [inlineWorker],
  logLevel: "info",
};

if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
