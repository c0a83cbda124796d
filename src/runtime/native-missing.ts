// The error message for a native library that cannot be loaded: the attempts, and remedies for their causes.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isPackageFound, packageRoot, version } from './package.js';
import { glibcVersion, packageFile, platformName, PLATFORMS } from './platform-package.js';

/** A file or package that was tried, and why it could not be loaded. */
export interface Attempt {
  readonly path: string;
  readonly cause: string;
  /** Error code of Node or of the addon, for example `ERR_DLOPEN_FAILED`. */
  readonly code?: string;
}

/** The environment in which loading failed. Tests pass other values. */
export interface Circumstances {
  /** Value of {@link platformName}. */
  readonly platform: string;
  readonly glibc: string | undefined;
  /** Platforms of {@link PLATFORMS} whose package is installed. */
  readonly installed: readonly string[];
  readonly isCheckout: boolean;
  /** True if INTERLATENT_NATIVE_PATH names the library. */
  readonly isNamed: boolean;
  /** True for a bundle that does not find the installed package. */
  readonly isBundle: boolean;
}

const BUILD = 'npm explore interlatent -- npm run build:native';

/** Debian packages by the beginning of the library's name. */
const LIBRARIES = { 'libdnnl.so.3': 'libdnnl3', 'libgomp.so.1': 'libgomp1', 'libstdc++.so.6': 'libstdc++6' };

/** Returns the message of the error `native-missing`. */
export function missingMessage(tried: readonly Attempt[], where: Circumstances = circumstances()): string {
  const { platform, glibc } = where;
  const system = [platform, ...(glibc === undefined ? [] : [`glibc ${glibc}`]), `Node ${process.version}`].join(', ');
  return [
    `The native library of interlatent could not be loaded (${system}). Tried:`,
    ...tried.map(({ path, cause }) => `  - ${path}: ${cause}`),
    'What helps:',
    ...remedies(tried, where).map((remedy, index) => `  ${index + 1}. ${remedy}`),
    'These features work without it: discovery with closed-form tests, metrics, files, graphs, reports.',
    'See docs/how-to/install.md in the package.',
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

/** Returns the remedies, the most likely one first. */
function remedies(tried: readonly Attempt[], where: Circumstances): string[] {
  const ofFiles = tried.flatMap((attempt) => remedyOfFile(attempt, where) ?? []);
  if (where.isNamed) {
    return [...ofFiles, 'INTERLATENT_NATIVE_PATH, when set, is the only file tried: correct it or unset it'];
  }
  if (where.isCheckout) return [...ofFiles, 'In a checkout of interlatent: npm run setup'];
  return ofFiles.length > 0 ? [...ofFiles, buildIt()] : remediesOfPackage(where);
}

/** Returns the remedy for a file that exists but cannot be loaded. */
function remedyOfFile({ path, cause, code }: Attempt, { platform }: Circumstances): string | undefined {
  if (code === 'ERR_DLOPEN_DISABLED') return 'Run Node without --no-addons, which forbids every native library';
  const lacking = /this processor lacks ([^,]+)/.exec(cause)?.[1];
  if (lacking !== undefined) return `Use a computer, or a setting of the emulator, whose processor has ${lacking}`;
  if (/INTERLATENT_ISA is/.test(cause)) {
    return 'Unset INTERLATENT_ISA, or set it to an instruction set of this processor';
  }
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
  if (other !== undefined) {
    return `npm install interlatent@${version} installs both in the same version; the library found is ${other}`;
  }
  return undefined;
}

/** Returns the remedies if no file was found. */
function remediesOfPackage({ platform, installed, isBundle }: Circumstances): string[] {
  if (!PLATFORMS.some((name) => name === platform)) {
    return [`There is no prebuilt library for ${platform}, only for ${PLATFORMS.join(', ')}`, buildIt()];
  }
  const name = `@interlatent/${platform}`;
  if (isBundle) {
    return [
      `This program was bundled, and ${name} was not found from the bundle. Install that package next to the bundle, ` +
        'or exclude interlatent from the bundle (serverExternalPackages of Next.js, externals of webpack, --external ' +
        'of esbuild), or copy its interlatent.node and set INTERLATENT_NATIVE_PATH to the copy',
    ];
  }
  const leftOut =
    `npm left out the optional package ${name}: install without --omit=optional or --no-optional ` +
    '(npm config get omit says optional where that is set)';
  const copied =
    `node_modules has the package of ${installed.join(', ')}: it was installed on another machine. ` +
    `Run npm install on this machine, or on the other one npm install ${optionsFor(platform)}`;
  return [
    installed.length > 0 ? copied : leftOut,
    'If the lock file was written on another platform and lacks the package: ' +
      `npm install --save-optional ${name}@${version}`,
    buildIt(),
  ];
}

/** Returns the options with which npm installs packages for another platform. */
function optionsFor(platform: string): string {
  const [system, processor] = platform.split('-');
  const options = `--os=${system.replace('linuxmusl', 'linux')} --cpu=${processor}`;
  if (!platform.startsWith('linux')) return options;
  return `${options} --libc=${system === 'linuxmusl' ? 'musl' : 'glibc'}`;
}

function buildIt(): string {
  return `Build it here, with a C++20 compiler, CMake 3.24 and oneDNN (Debian: g++ cmake libdnnl-dev): ${BUILD}`;
}
