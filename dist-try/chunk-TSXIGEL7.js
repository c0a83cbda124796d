import {
  isPackageFound,
  packageRoot,
  version
} from "./chunk-AMU4RVW4.js";
import {
  provideFileLock
} from "./chunk-M3N6CUHU.js";
import {
  DeviceError
} from "./chunk-5XKOZ6VI.js";

// src/runtime/platform-package.ts
import module from "node:module";
import { join } from "node:path";
var PLATFORMS = [
  "linux-x64",
  "linux-arm64",
  "linuxmusl-x64",
  "linuxmusl-arm64",
  "darwin-x64",
  "darwin-arm64",
  "win32-x64"
];
var require2 = module.createRequire(import.meta.url);
function platformName() {
  const libc = process.platform === "linux" && glibcVersion() === void 0 ? "musl" : "";
  return `${process.platform}${libc}-${process.arch}`;
}
function glibcVersion() {
  const report = process.report;
  const { excludeNetwork } = report;
  report.excludeNetwork = true;
  const { header } = report.getReport();
  report.excludeNetwork = excludeNetwork;
  return header.glibcVersionRuntime;
}
function packageFile(name) {
  for (const from of [require2, module.createRequire(join(packageRoot, "package.json"))]) {
    try {
      return from.resolve(name);
    } catch {
      continue;
    }
  }
  return void 0;
}
function platformEngine(platform, path) {
  try {
    switch (platform) {
      case "linux-x64":
        return require2("@interlatent/linux-x64/interlatent.node");
      case "linux-arm64":
        return require2("@interlatent/linux-arm64/interlatent.node");
      case "linuxmusl-x64":
        return require2("@interlatent/linuxmusl-x64/interlatent.node");
      case "linuxmusl-arm64":
        return require2("@interlatent/linuxmusl-arm64/interlatent.node");
      case "darwin-x64":
        return require2("@interlatent/darwin-x64/interlatent.node");
      case "darwin-arm64":
        return require2("@interlatent/darwin-arm64/interlatent.node");
      case "win32-x64":
        return require2("@interlatent/win32-x64/interlatent.node");
    }
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return require2(path);
  }
}

// src/runtime/native.ts
import { existsSync as existsSync2 } from "node:fs";
import module2 from "node:module";
import { join as join3 } from "node:path";

// src/runtime/native-missing.ts
import { existsSync } from "node:fs";
import { join as join2 } from "node:path";
var BUILD = "npm explore interlatent -- npm run build:native";
var LIBRARIES = { "libdnnl.so.3": "libdnnl3", "libgomp.so.1": "libgomp1", "libstdc++.so.6": "libstdc++6" };
function missingMessage(tried, where = circumstances()) {
  const { platform, glibc } = where;
  const system = [platform, ...glibc === void 0 ? [] : [`glibc ${glibc}`], `Node ${process.version}`].join(", ");
  return [
    `The native library of interlatent could not be loaded (${system}). Tried:`,
    ...tried.map(({ path, cause }) => `  - ${path}: ${cause}`),
    "What helps:",
    ...remedies(tried, where).map((remedy, index) => `  ${index + 1}. ${remedy}`),
    "These features work without it: discovery with closed-form tests, metrics, files, graphs, reports.",
    "See docs/how-to/install.md in the package."
  ].join("\n");
}
function circumstances() {
  return {
    platform: platformName(),
    glibc: glibcVersion(),
    installed: PLATFORMS.filter((name) => packageFile(`@interlatent/${name}/package.json`) !== void 0),
    isCheckout: existsSync(join2(packageRoot, "src/index.ts")),
    isNamed: Boolean(process.env["INTERLATENT_NATIVE_PATH"]),
    isBundle: !isPackageFound()
  };
}
function remedies(tried, where) {
  const ofFiles = tried.flatMap((attempt2) => remedyOfFile(attempt2, where) ?? []);
  if (where.isNamed) {
    return [...ofFiles, "INTERLATENT_NATIVE_PATH, when set, is the only file tried: correct it or unset it"];
  }
  if (where.isCheckout) return [...ofFiles, "In a checkout of interlatent: npm run setup"];
  return ofFiles.length > 0 ? [...ofFiles, buildIt()] : remediesOfPackage(where);
}
function remedyOfFile({ path, cause, code }, { platform }) {
  if (code === "ERR_DLOPEN_DISABLED") return "Run Node without --no-addons, which forbids every native library";
  const lacking = /this processor lacks ([^,]+)/.exec(cause)?.[1];
  if (lacking !== void 0) return `Use a computer, or a setting of the emulator, whose processor has ${lacking}`;
  if (/INTERLATENT_ISA is/.test(cause))
    return "Unset INTERLATENT_ISA, or set it to an instruction set of this processor";
  const needed = /(lib[\w+.-]+): cannot open shared object file/.exec(cause)?.[1];
  if (needed !== void 0) {
    const debian = Object.entries(LIBRARIES).find(([name]) => needed.startsWith(name))?.[1];
    return `Install the library ${needed}${debian === void 0 ? "" : ` (Debian: apt-get install ${debian})`}`;
  }
  const symbol = /version [`']((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found/.exec(cause)?.[1];
  if (symbol !== void 0) return `Use a newer system: this one is older than ${symbol}, which ${path} needs`;
  if (/failed to map segment/.test(cause)) return `Mount the file system of ${path} without noexec`;
  if (/ELF|Exec format|not a mach-o|not a valid Win32/i.test(cause)) {
    return `${path} is damaged or made for another processor than ${platform}: delete node_modules and install again`;
  }
  const other = /^it is version (\S+),/.exec(cause)?.[1];
  if (other !== void 0)
    return `npm install interlatent@${version} installs both in the same version; the library found is ${other}`;
  return void 0;
}
function remediesOfPackage({ platform, installed: installed2, isBundle }) {
  if (!PLATFORMS.some((name2) => name2 === platform)) {
    return [`There is no prebuilt library for ${platform}, only for ${PLATFORMS.join(", ")}`, buildIt()];
  }
  const name = `@interlatent/${platform}`;
  if (isBundle) {
    return [
      `This program was bundled, and ${name} was not found from the bundle. Install that package next to the bundle, or exclude interlatent from the bundle (serverExternalPackages of Next.js, externals of webpack, --external of esbuild), or copy its interlatent.node and set INTERLATENT_NATIVE_PATH to the copy`
    ];
  }
  const leftOut = `npm left out the optional package ${name}: install without --omit=optional or --no-optional (npm config get omit says optional where that is set)`;
  const copied = `node_modules has the package of ${installed2.join(", ")}: it was installed on another machine. Run npm install on this machine, or on the other one npm install ${optionsFor(platform)}`;
  return [
    installed2.length > 0 ? copied : leftOut,
    `If the lock file was written on another platform and lacks the package: npm install --save-optional ${name}@${version}`,
    buildIt()
  ];
}
function optionsFor(platform) {
  const [system, processor] = platform.split("-");
  const options = `--os=${system.replace("linuxmusl", "linux")} --cpu=${processor}`;
  if (!platform.startsWith("linux")) return options;
  return `${options} --libc=${system === "linuxmusl" ? "musl" : "glibc"}`;
}
function buildIt() {
  return `Build it here, with a C++20 compiler, CMake 3.24 and oneDNN (Debian: g++ cmake libdnnl-dev): ${BUILD}`;
}

// src/runtime/native.ts
var BUILD_OUTPUTS = ["build/Release/interlatent.node", "build/gyp/build/Release/interlatent.node"];
var loaded;
var isMissing = false;
provideFileLock((descriptor) => {
  isMissing ||= nativeProblem() !== void 0;
  return isMissing ? "unsupported" : native().lockFile(descriptor);
});
function native() {
  return loadOnce().addon;
}
function nativePath() {
  return loadOnce().path;
}
function buildInfo() {
  return native().buildInfo;
}
function nativeProblem() {
  try {
    loadOnce();
    return void 0;
  } catch (error) {
    if (error instanceof DeviceError) return error;
    throw error;
  }
}
function loadOnce() {
  loaded ??= load();
  return loaded;
}
function load() {
  const tried = [];
  for (const candidate of candidates()) {
    const result = candidate();
    if ("addon" in result) return result;
    tried.push(result);
  }
  throw new DeviceError("native-missing", missingMessage(tried), { tried });
}
function candidates() {
  const override = process.env["INTERLATENT_NATIVE_PATH"];
  if (override !== void 0 && override !== "") return [() => file(override)];
  return [...BUILD_OUTPUTS.map((path) => () => file(join3(packageRoot, path))), installed];
}
function file(path) {
  if (!existsSync2(path)) return { path, cause: "there is no such file" };
  return attempt(path, () => module2.createRequire(import.meta.url)(path));
}
function installed() {
  const platform = platformName();
  const known = PLATFORMS.find((name2) => name2 === platform);
  const name = `@interlatent/${platform}`;
  if (known === void 0) return { path: name, cause: "there is no such package" };
  const path = packageFile(`${name}/interlatent.node`);
  if (path === void 0) return { path: name, cause: "it is not installed" };
  const result = attempt(path, () => platformEngine(known, path));
  if (!("addon" in result) || result.addon.buildInfo.version === version) return result;
  return { path, cause: `it is version ${result.addon.buildInfo.version}, this package is ${version}` };
}
function attempt(path, open) {
  try {
    const addon = open();
    if (addon.buildInfo !== void 0 && addon.Program !== void 0) return { addon, path };
    return { path, cause: "it is not the native library of interlatent" };
  } catch (error) {
    const { code } = error;
    return { path, cause: firstLine(error), ...code !== void 0 && { code } };
  }
}
function firstLine(error) {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0];
}

export {
  platformName,
  packageFile,
  native,
  nativePath,
  buildInfo,
  nativeProblem
};
