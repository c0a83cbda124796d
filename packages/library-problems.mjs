// Finds reasons why a library would not load on every system of its package. Reads the built file with binutils or, for
// Windows and macOS, with LLVM's tools (Debian: llvm).
import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';

const EXPORTS = {
  'interlatent.node': ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
  'libinterlatent_cuda.so': ['il_cuda_backend', 'il_cuda_devices'],
};
const OF_NODE = /^(node_api|napi)_/;

/** Returns the lines that a tool prints. */
const lines = (tool, ...words) =>
  execFileSync(tool, words, { maxBuffer: 2 ** 28 })
    .toString()
    .split('\n');
const newer = (version, oldest) => version.localeCompare(oldest, 'en', { numeric: true }) > 0;

/** Returns the problems of a library as sentences; none if it can be published. */
export function libraryProblems({ platform, library, oldest }) {
  const expected = EXPORTS[basename(library)];
  if (platform.startsWith('darwin-')) return problemsOnMac({ platform, library, oldest, expected });
  if (platform.startsWith('win32-')) return problemsOnWindows({ library, expected });
  return problemsOnLinux({ platform, library, oldest, expected });
}

function exportProblems(exported, expected) {
  return exported.sort().join() === expected.join()
    ? []
    : [`it exports ${exported.join(', ')} instead of ${expected.join(', ')}`];
}

// Libraries of glibc, which every system has on which npm installs the package.
const GLIBC = /^(lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux-.+)$/;
// Node links musl by the file name of its loader; the loader also accepts the name libc.so.
const MUSL = /^libc(\.musl-.+)?\.so(\.1)?$/;

function problemsOnLinux({ platform, library, oldest, expected }) {
  const read = (...flags) => lines('readelf', '--wide', ...flags, library);
  const isMusl = platform.startsWith('linuxmusl-');
  const allowed = isMusl ? MUSL : GLIBC;
  const symbols = read('--dyn-syms')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length > 7);
  const defined = symbols.filter((words) => words[6] !== 'UND' && words[4] !== 'LOCAL' && words[0] !== 'Num:');
  // Weak symbols may be missing.
  const required = symbols
    .filter((words) => words[6] === 'UND' && words[4] !== 'WEAK')
    .map((words) => words[7])
    .filter((name) => name !== '' && !OF_NODE.test(name));
  // Symbols of glibc have a version. Those of musl have none, so musl's symbols are read.
  const foreign = isMusl ? notInMusl(required) : required.filter((name) => !name.includes('@GLIBC'));
  const dynamic = read('--dynamic');
  const needed = dynamic.flatMap((line) => /\(NEEDED\).*\[(.+)\]/.exec(line)?.[1] ?? []);
  const versions = read('--version-info').flatMap((line) =>
    [...line.matchAll(/GLIBC_([\d.]+)/g)].map(([, version]) => version),
  );
  return [
    ...exportProblems(
      defined.map((words) => words[7].replace(/@.*/, '')),
      expected,
    ),
    ...foreign.map((name) => `it lacks ${name}`),
    ...(dynamic.some((line) => line.includes('NODELETE')) || basename(library) !== 'interlatent.node'
      ? []
      : ['it can be unloaded, which ends processes whose threads used it with SIGSEGV; link it with -z nodelete']),
    ...needed.filter((name) => !allowed.test(name)).map((name) => `it needs ${name}`),
    ...[...new Set(versions.filter((version) => newer(version, isMusl ? '0' : oldest)))].map(
      (version) =>
        `it needs glibc ${version}, but the package must load ${isMusl ? 'without glibc' : `with ${oldest}`}`,
    ),
  ];
}

/** Returns the names that musl lacks. scripts/build-platform sets MUSL_LIBC to the path of musl. */
function notInMusl(names) {
  const words = lines('readelf', '--wide', '--dyn-syms', process.env.MUSL_LIBC).map((line) => line.trim().split(/\s+/));
  const known = new Set(words.filter((line) => line[6] !== 'UND').map((line) => line[7]));
  return names.filter((name) => !known.has(name));
}

// zig's C++ library exports its allocation functions as weak symbols. macOS merges them with those of the process,
// which are equivalent. The last two symbols identify the file to the code in it.
const HARMLESS = /^(_(Zna|Znw|Zda|Zdl)\w+|__dso_handle|_mh_dylib_header)$/;

function problemsOnMac({ platform, library, oldest, expected }) {
  const symbols = (...flags) => lines('llvm-nm', '-m', ...flags, library).filter((line) => line !== '');
  const defined = symbols('--extern-only', '--defined-only').map((line) => line.split(' ').at(-1).replace('_', ''));
  const required = symbols('--undefined-only').map((line) => /external _?(\S+)(?: \(from (\S+)\))?/.exec(line));
  const commands = lines('llvm-objdump', '--macho', '--private-headers', library).map((line) => line.trim());
  const processor = platform.endsWith('-arm64') ? 'ARM64' : 'X86_64';
  const minVersions = commands.flatMap((line) => /^minos (.+)$/.exec(line)?.[1] ?? []);
  // The first two lines are the path and the name of the library itself.
  const needed = lines('llvm-objdump', '--macho', '--dylibs-used', library)
    .slice(2)
    .map((line) => line.trim());
  const signed = commands.some((line) => line.endsWith('LC_CODE_SIGNATURE'));
  return [
    ...exportProblems(
      defined.filter((name) => !HARMLESS.test(name)),
      expected,
    ),
    ...required
      .filter(([, name, from]) => (OF_NODE.test(name) ? from !== undefined : from !== 'libSystem'))
      .map(([, name, from]) => `it lacks ${name}${from === undefined ? '' : `, of ${from}`}`),
    ...needed
      .filter((line) => line !== '' && !line.startsWith('/usr/lib/libSystem.B.dylib '))
      .map((line) => `it needs ${line}`),
    ...(commands.some((line) => line.split(/\s+/)[1] === processor) ? [] : [`it is not for ${processor}`]),
    ...(minVersions.length === 1 && !newer(minVersions[0], oldest)
      ? []
      : [`it needs macOS ${minVersions.join(', ')}, but the package must load on ${oldest}`]),
    // Apple silicon runs only signed code; the linker's signature is enough.
    ...(processor === 'ARM64' && !signed ? ['it is not signed'] : []),
  ];
}

// Libraries that Windows 10 and later have.
const WINDOWS = /^(kernel32|ntdll|advapi32|api-ms-win-crt-[a-z]+-l1-1-0)\.dll$/i;

function problemsOnWindows({ library, expected }) {
  const exported = [];
  const problems = [];
  let from;
  let isExport = false;
  for (const line of lines('llvm-readobj', '--coff-imports', '--coff-exports', library)) {
    const [, key, value] = /^\s+(Name|Symbol): (\S+)/.exec(line) ?? [];
    if (line.startsWith('Export {')) {
      isExport = true;
    } else if (key === 'Name' && isExport) {
      exported.push(value);
    } else if (key === 'Name') {
      from = value;
      if (from !== 'node.exe' && !WINDOWS.test(from)) problems.push(`it needs ${from}`);
    } else if (key === 'Symbol' && from === 'node.exe' && !OF_NODE.test(value)) {
      problems.push(`it imports ${value} from node.exe, which is not part of Node-API`);
    }
  }
  return [...exportProblems(exported, expected), ...problems];
}
