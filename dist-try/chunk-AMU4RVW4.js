// src/runtime/package.ts
import { existsSync, readFileSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
var NAME = '"name": "interlatent"';
var packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));
var isBundled = true;
var version = false ? readVersion() : "0.1.0";
var engine = process.version;
function isPackageFound() {
  return isOurs(packageRoot);
}
function findRoot(start) {
  for (let folder = start; ; folder = dirname(folder)) {
    if (isOurs(folder)) return folder;
    if (dirname(folder) === folder) return firstInstalled(start) ?? start;
  }
}
function isOurs(folder) {
  const manifest = join(folder, "package.json");
  return existsSync(manifest) && readFileSync(manifest, "utf8").includes(NAME);
}
function firstInstalled(start) {
  const program = process.argv.at(1);
  const folders = [start, ...program === void 0 ? [] : [dirname(program)], process.cwd()];
  return folders.map(installed).find((folder) => folder !== void 0);
}
function installed(start) {
  try {
    return dirname(module.createRequire(join(start, "package.json")).resolve("interlatent/package.json"));
  } catch {
    return void 0;
  }
}

export {
  packageRoot,
  isBundled,
  version,
  engine,
  isPackageFound
};
