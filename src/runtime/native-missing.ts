// What to say when no native library can be loaded: what was tried, and the remedies that fit the causes.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isPackageFound, packageRoot, version } from './package.js';
import { glibcVersion, packageFile, platformName, PLATFORMS } from './platform-package.js';

/** One file or package that was tried, and why it was not it. */
export interface Attempt {
  readonly path: string;
  readonly cause: string;
  /** Node's or the addon's, for example `ERR_DLOPEN_FAILED`. */
  readonly code?: string;
}

/** Where this happens; given by tests. */
export interface Circumstances {
  /** As {@link platformName}. */
  readonly platform: string;
  readonly glibc: string | undefined;
  /** Of {@link PLATFORMS}. */
  readonly installed: readonly string[];
  readonly isCheckout: boolean;
  /** By INTERLATENT_NATIVE_PATH. */
  readonly isNamed: boolean;
  /** A bundle that sees no package of ours. */
  readonly isBundle: boolean;
}

const BUILD = 'npm explore interlatent -- npm run build:native';

/** Debian's packages, by how the library's name begins. */
const LIBRARIES = { 'libdnnl.so.3': 'libdnnl3', 'libgomp.so.1': 'libgomp1', 'libstdc++.so.6': 'libstdc++6' };

/** The whole message of `native-missing`. */
export function missingMessage(tried: readonly Attempt[], where: Circumstances = circumstances()): string {
  const { platform, glibc } = where;
  const system = [platform, ...(glibc === undefined ? [] : [`glibc ${glibc}`]), `Node ${process.version}`].join(', ');
  return [
    `The native library of interlatent could not be loaded (${system}). Tried:`,
    ...tried.map(({ path, cause }) => `  - ${path}: ${cause}`),
    'What helps:',
    ...remedies(tried, where).map((remedy, index) => `  ${index + 1}. ${remedy}`),
    'What needs no native library works without: discovery with closed-form tests, metrics, files, graphs, reports.',
    'More is in docs/install.md of the package.',
  ].join('\n');
}

function circumstances(): Circumstances {
  return {
    platform: platformName(),
    glibc: glibcVersion(),
    installed: PLATFORMS.filter((name) => packageFile(`@interlatent/${name}/package.json`) !== undefined),
    isCheckout: existsSync(join(packageRoot, 'src/index.ts')),
    isNamed: Boolean(process.env['INTERLATENT_NATIVE_PATH']),
    isBundle: !isPackageFound(),
  };
}

/** By cause, the likeliest first. */
function remedies(tried: readonly Attempt[], where: Circumstances): string[] {
  const ofFiles = tried.flatMap((attempt) => remedyOfFile(attempt, where) ?? []);
  if (where.isNamed) {
    return [...ofFiles, 'INTERLATENT_NATIVE_PATH, when set, is the only file tried: correct it or unset it'];
  }
  if (where.isCheckout) return [...ofFiles, 'In a checkout of interlatent: npm run setup'];
  return ofFiles.length > 0 ? [...ofFiles, buildIt()] : remediesOfPackage(where);
}

/** Where a file was there and could not be loaded. */
function remedyOfFile({ path, cause, code }: Attempt, { platform }: Circumstances): string | undefined {
  if (code === 'ERR_DLOPEN_DISABLED') return 'Run Node without --no-addons, which forbids every native library';
  const lacking = /this processor lacks ([^,]+)/.exec(cause)?.[1];
  if (lacking !== undefined) return `Use a machine, or a setting of the emulator, whose processor has ${lacking}`;
  if (/INTERLATENT_ISA is/.test(cause)) return 'Unset INTERLATENT_ISA, or name what this machine can run';
  const needed = /(lib[\w+.-]+): cannot open shared object file/.exec(cause)?.[1];
  if (needed !== undefined) {
    const debian = Object.entries(LIBRARIES).find(([name]) => needed.startsWith(name))?.[1];
    return `Install the library ${needed}${debian === undefined ? '' : ` (Debian: apt-get install ${debian})`}`;
  }
  const symbol = /version [`']((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found/.exec(cause)?.[1];
  if (symbol !== undefined) return `Use a newer system: this one is older than ${symbol}, which ${path} needs`;
  if (/failed to map segment/.test(cause)) return `Mount the file system of ${path} without noexec`;
  if (/ELF|Exec format|not a mach-o|not a valid Win32/i.test(cause)) {
    return `${path} is damaged or made for another processor than ${platform}: delete node_modules and install again`;
  }
  const other = /^it is version (\S+),/.exec(cause)?.[1];
  if (other !== undefined) return `npm install interlatent@${version} brings both of one version; here is ${other}`;
  return undefined;
}

/** Where nothing was there. */
function remediesOfPackage({ platform, installed, isBundle }: Circumstances): string[] {
  if (!PLATFORMS.some((name) => name === platform)) {
    return [`There is no prebuilt library for ${platform}, only for ${PLATFORMS.join(', ')}`, buildIt()];
  }
  const name = `@interlatent/${platform}`;
  if (isBundle) {
    return [
      `This program was bundled, and ${name} cannot be seen from where it lies: install that package there; or leave ` +
        'interlatent out of the bundle (serverExternalPackages of Next.js, externals of webpack, --external of ' +
        'esbuild); or copy its interlatent.node and name the copy in INTERLATENT_NATIVE_PATH',
    ];
  }
  const leftOut =
    `npm left out the optional package ${name}: install without --omit=optional or --no-optional ` +
    '(npm config get omit says optional where that is set)';
  const copied =
    `node_modules has the package of ${installed.join(', ')}: it was installed on another machine. ` +
    `Install on this one, or there with npm install ${optionsFor(platform)}`;
  return [
    installed.length > 0 ? copied : leftOut,
    'Where the lock file was written on another platform and lacks the package: ' +
      `npm install --save-optional ${name}@${version}`,
    buildIt(),
  ];
}

/** With which npm installs for another machine. */
function optionsFor(platform: string): string {
  const [system, processor] = platform.split('-');
  const options = `--os=${system.replace('linuxmusl', 'linux')} --cpu=${processor}`;
  if (!platform.startsWith('linux')) return options;
  return `${options} --libc=${system === 'linuxmusl' ? 'musl' : 'glibc'}`;
}

function buildIt(): string {
  return `Build it here, with a C++20 compiler, CMake 3.24 and oneDNN (Debian: g++ cmake libdnnl-dev): ${BUILD}`;
}
