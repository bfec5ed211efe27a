// Bundles scripts and styles into the package: names that change with their content, a manifest of
// these names, and the licences of the projects of which parts are inside.
//
//   node build.mjs [--watch]
import { build, context } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "src", "autosubmit_site", "static", "built");

const entries = (await readdir(join(here, "src"))).filter((name) => name.endsWith(".js"));

const options = {
  absWorkingDir: here,
  entryPoints: [...entries.map((name) => `src/${name}`), "styles/site.css"],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome120", "firefox121", "safari17.5"],
  minify: true,
  legalComments: "none", // The licences are listed whole, at /about.
  metafile: true,
  logLevel: "warning",
  plugins: [{ name: "listing", setup: (made) => made.onEnd((result) => list(result.metafile)) }],
};

async function list(metafile) {
  if (!metafile) return; // The build failed and said why.
  const manifest = {};
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    manifest[entryPoint ? basename(entryPoint) : basename(file)] = basename(file);
  }
  const packages = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/);
    if (found) packages.add(found[1]);
  }
  await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
  await writeFile(
    join(out, "licences.json"),
    JSON.stringify(await Promise.all([...packages].sort().map(licence)), null, 1),
  );
  const named = new Set(Object.values(manifest));
  for (const file of await readdir(out)) {
    if (/-[A-Z0-9]{8}\.(js|css)$/.test(file) && !named.has(file)) await rm(join(out, file));
  }
}

async function licence(name) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
  const text = file ? await readFile(join(folder, file), "utf8") : about.license;
  return { name, version: about.version, licence: about.license, text };
}

await mkdir(out, { recursive: true });
if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
}
