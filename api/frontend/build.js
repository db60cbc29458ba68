// Builds what browsers load into ../static/built: `npm ci && npm run build`. Nothing that is built asks another server for anything.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const MODULES = path.join(HERE, "node_modules");
const BUILT = path.join(HERE, "..", "static", "built");
// Built aside and moved at the end, so that a build that fails leaves what was there.
const OUTPUT = path.join(HERE, "dist");
const COMPRESSIBLE = /\.(css|js|svg|txt|json)$/;

// What Yasgui would ask of others, and what stands in its place. Each must be there, or the build stops: a new version asks in another way.
const YASGUI = [
  ["lov.linkeddata.es/dataset/lov/api/v2/autocomplete/terms", "invalid/"],
  ["https://dbpedia.org/sparql", "/sparql"],
  ["https://query.wikidata.org/bigdata/namespace/wdq/sparql", "/sparql"],
  // Five hundred prefixes that somebody once registered; ours come from the service.
  [/, madsrdf = "[^;]*?prefixes_default = \{[^}]*\}/g, ", prefixes_default = {}"],
  ["https://docs.triply.cc/yasgui/", "/sparql"],
];

const digest = (data) => createHash("sha256").update(data).digest("hex");

function write(name, data) {
  const file = path.join(OUTPUT, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, data);
}

/** The content of a data: address. */
function contentOf(address) {
  const [, kind, base64, text] = /^data:([^;,]*)[^,]*?(;base64)?,(.*)$/s.exec(address);
  const ending = { "image/svg+xml": "svg", "image/png": "png", "font/woff2": "woff2" }[kind] ?? "bin";
  // Some write a percent sign as it is, which browsers forgive.
  const data = base64 ? Buffer.from(text, "base64") : Buffer.from(decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, "%25")));
  return [ending, data];
}

/** A style sheet whose fonts and pictures are files beside it: the policy of our pages allows no data: addresses. */
function withFiles(css, folder) {
  const filed = (address) => {
    const isData = address.startsWith("data:");
    const [ending, data] = isData ? contentOf(address) : ["", fs.readFileSync(path.join(folder, address))];
    const name = isData ? `${digest(data).slice(0, 12)}.${ending}` : path.basename(address);
    write(`media/${name}`, data);
    return `url(media/${name}?v=${digest(data).slice(0, 8)})`;
  };
  return css.replace(/url\((["'])(.*?)\1\)|url\(([^"')][^)]*)\)/gs, (_, __, quoted, bare) => filed(quoted ?? bare));
}

function style(name, css, folder) {
  write(name, esbuild.transformSync(withFiles(css, folder), { loader: "css", minify: true, legalComments: "none" }).code);
}

function buildStyles() {
  const quiet = { silenceDeprecations: ["import", "global-builtin", "mixed-decls", "color-functions"], quietDeps: true };
  const design = sass.compile(path.join(HERE, "src", "design.scss"), { loadPaths: [MODULES], logger: sass.Logger.silent, ...quiet });
  style("design.css", design.css, MODULES);
  const yasgui = path.join(MODULES, "@zazuko", "yasgui", "build");
  const editor = fs.readFileSync(path.join(yasgui, "yasgui.min.css"), "utf-8") + fs.readFileSync(path.join(HERE, "src", "editor.css"), "utf-8");
  style("editor.css", editor, yasgui);
}

const withoutOthers = {
  name: "without-others",
  setup(build) {
    build.onLoad({ filter: /yasgui\.esm\.js$/ }, ({ path: file }) => {
      let text = fs.readFileSync(file, "utf-8");
      for (const [theirs, ours] of YASGUI) {
        const without = text.replaceAll(theirs, ours);
        if (without === text) throw new Error(`${file}: no longer holds ${theirs}; see what it asks of others now`);
        text = without;
      }
      return { contents: text, loader: "js" };
    });
  },
};

/** Bundles the scripts; gives the packages that are in them. */
function buildScripts() {
  return esbuild.build({
    entryPoints: ["charts", "editor"].map((name) => path.join(HERE, "src", `${name}.js`)),
    outdir: OUTPUT,
    bundle: true,
    format: "esm",
    target: "es2020",
    minify: true,
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [withoutOthers],
    metafile: true,
    logLevel: "warning",
  });
}

/** The packages that bundled files come from. Yasgui's file holds what it depends on. */
function packagesIn(metafile) {
  const found = new Set(["bootstrap-italia"]);
  for (const input of Object.keys(metafile.inputs)) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name) found.add(name);
  }
  const reach = (name) => {
    for (const needed of Object.keys(manifestOf(name).dependencies ?? {})) {
      if (!found.has(needed)) reach((found.add(needed), needed));
    }
  };
  reach("@zazuko/yasgui");
  return [...found].sort().map((name) => ({ name, version: manifestOf(name).version, license: licenseOf(name) }));
}

function manifestOf(name) {
  return JSON.parse(fs.readFileSync(path.join(MODULES, name, "package.json"), "utf-8"));
}

/** The licence that a package names, or the one whose text it carries. */
function licenseOf(name) {
  const { license } = manifestOf(name);
  if (license) return license;
  if (termsOf({ name }).includes("Permission is hereby granted, free of charge")) return "MIT";
  throw new Error(`${name}: of no known licence`);
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/** The licence texts of a package; some name the MIT licence and carry no text. */
function termsOf({ name, license }) {
  const folder = path.join(MODULES, name);
  const files = fs.readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file) && fs.statSync(path.join(folder, file)).isFile());
  if (files.length) return files.map((file) => fs.readFileSync(path.join(folder, file), "utf-8").trim()).join("\n\n");
  if (license === "CC0-1.0") return "Dedicated to the public domain (Creative Commons CC0 1.0).";
  if (license !== "MIT") throw new Error(`${name}: ${license}, without a text`);
  const { author, contributors = [] } = manifestOf(name);
  const holders = [author, ...contributors].filter(Boolean).map((one) => (one.name ?? one).replace(/ *<.*/, ""));
  return `Copyright (c) ${holders.join(", ") || `the authors of ${name}`}\n\n${MIT.trim()}`;
}

function writeLicenses(packages) {
  const fonts = fs.readFileSync(path.join(MODULES, "bootstrap-italia", "dist", "fonts", "Titillium_Web", "OFL.txt"), "utf-8");
  const bootstrap = `Copyright (c) 2011-2024 The Bootstrap Authors\n\n${MIT.trim()}`;
  const parts = [
    ...packages.map((one) => [`${one.name} ${one.version} (${one.license})`, termsOf(one)]),
    ["Bootstrap, within bootstrap-italia (MIT)", bootstrap],
    ["Titillium Web, within bootstrap-italia (OFL-1.1)", fonts.trim()],
  ];
  write("LICENSES.txt", parts.map(([title, text]) => `${"=".repeat(80)}\n${title}\n${"=".repeat(80)}\n\n${text}\n`).join("\n"));
}

/** Compresses what shrinks, and says of each file how long it is. */
function writeManifest(packages) {
  const files = {};
  for (const entry of fs.readdirSync(OUTPUT, { recursive: true }).map((name) => name.replaceAll("\\", "/")).sort()) {
    const file = path.join(OUTPUT, entry);
    if (!fs.statSync(file).isFile()) continue;
    const data = fs.readFileSync(file);
    files[entry] = { sha256: digest(data), bytes: data.length };
    if (COMPRESSIBLE.test(entry) && data.length > 500) {
      const packed = gzipSync(data, { level: 9 });
      write(`${entry}.gz`, packed);
      files[entry].gzip = packed.length;
    }
  }
  write("manifest.json", JSON.stringify({ packages, files }, null, 2) + "\n");
  for (const [name, { bytes, gzip }] of Object.entries(files)) if (!name.startsWith("media/")) console.log(`${name}  ${bytes} B  ${gzip ?? bytes} B sent`);
}

fs.rmSync(OUTPUT, { recursive: true, force: true });
buildStyles();
const packages = packagesIn((await buildScripts()).metafile);
writeLicenses(packages);
writeManifest(packages);
fs.rmSync(BUILT, { recursive: true, force: true });
fs.renameSync(OUTPUT, BUILT);
