// node scripts/check_mp.mjs FOLDER: WeChat's own compilers (wcc, wcsc) over a built package, every page and component found, main package < 2 MB.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const LIMIT = 2048 * 1024;
const root = path.resolve(process.argv[2] ?? "dist/build/mp-weixin");
const bin = path.join(path.dirname(createRequire(import.meta.url).resolve("miniprogram-compiler/package.json")), "bin", process.platform === "linux" ? "linux" : process.platform === "darwin" ? "mac" : "windows");
let problems = 0;
const report = (...words) => {
  problems += 1;
  console.log("FAIL", ...words);
};

const listed = (folder) => fs.readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? listed(path.join(folder, one.name)) : [path.relative(root, path.join(folder, one.name))]));
const files = listed(root);
const ending = (end) => files.filter((file) => file.endsWith(end));
const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file), "utf8"));

for (const tool of ["wcc", "wcsc"]) fs.chmodSync(path.join(bin, tool), 0o755); // the npm archive forgets that they are programs
function compile(tool, args, what) {
  const ran = spawnSync(path.join(bin, tool), args, { cwd: root, maxBuffer: 1 << 28, encoding: "utf8" });
  const said = (ran.error?.message ?? ran.stderr ?? "").trim();
  if (ran.status !== 0 || said) report(tool, what, ran.status, said.slice(0, 300));
}
const wxml = ending(".wxml");
const wxss = ending(".wxss");
compile("wcc", ["-d", ...ending(".wxs"), ...wxml], `${wxml.length} templates`);
for (const file of wxss) compile("wcsc", ["-lc", "-js", file, ...wxss.filter((other) => other !== file)], file);

const app = read("app.json");
const parts = app.subPackages ?? app.subpackages ?? [];
for (const page of [...app.pages, ...parts.flatMap((part) => part.pages.map((one) => path.posix.join(part.root, one)))])
  for (const end of ["wxml", "js", "json"]) if (!files.includes(`${page}.${end}`)) report("page without", `${page}.${end}`);
for (const file of ending(".json")) {
  let content;
  try {
    content = read(file);
  } catch {
    report("not JSON:", file);
    continue;
  }
  for (const [name, where] of Object.entries(content.usingComponents ?? {})) {
    if (/^(plugin|dynamicLib):\/\//.test(where)) continue;
    const base = where.startsWith("/") ? where.slice(1) : path.posix.join(path.posix.dirname(file), where);
    if (![base, `${base}/index`, `miniprogram_npm/${where}`].some((one) => files.includes(`${one}.json`) || files.includes(`${one}.js`))) report("no component", name, "of", file);
  }
}
for (const file of [...ending(".js"), ...wxml, ...wxss]) {
  const foreign = fs.readFileSync(path.join(root, file), "utf8").match(/https?:\/\/(?!www\.w3\.org|suizhen\.example)[\w.-]+\.[a-z]{2,}/g);
  if (foreign) console.log("note: addresses in", file, [...new Set(foreign)].join(" "));
}

const size = (some) => some.reduce((sum, file) => sum + fs.statSync(path.join(root, file)).size, 0);
const all = size(files.filter((file) => !file.endsWith(".map")));
const main = all - parts.reduce((sum, part) => sum + size(files.filter((file) => file.startsWith(part.root.replace(/\/?$/, "/")))), 0);
if (main >= LIMIT) report("main package is too large:", main);
console.log(`${wxml.length} templates, ${wxss.length} style sheets, ${app.pages.length} pages; main package ${(main / 1024).toFixed(0)} of 2048 KiB; problems: ${problems}`);
process.exit(problems ? 1 : 0);
