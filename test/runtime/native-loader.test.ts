// The search for the engine: the file that the environment names, a local build, or the platform's package. If none can
// be loaded, the error names the remedy. The tests use copies of the package, as npm installs them.

import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { missingMessage, type Attempt, type Circumstances } from '../../src/runtime/native-missing.js';
import { nativePath } from '../../src/runtime/native.js';
import { platformName } from '../../src/runtime/platform-package.js';
import { scratch } from '../fixtures/scratch.js';

const ROOT = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const platform = platformName();
const addon = nativePath();
const { folder, file } = scratch();
const modules = join(folder, 'node_modules');

/** Creates an application that has our package without an engine. */
beforeAll(() => {
  const target = join(modules, 'interlatent');
  mkdirSync(target, { recursive: true });
  cpSync(join(ROOT, 'dist'), join(target, 'dist'), { recursive: true, filter: (path) => !/\.(d\.ts|map)$/.test(path) });
  copyFileSync(join(ROOT, 'package.json'), join(target, 'package.json'));
  mkdirSync(join(modules, '@opentelemetry'));
  symlinkSync(join(ROOT, 'node_modules/@opentelemetry/api'), join(modules, '@opentelemetry/api'));
});

/** Removes every engine. */
beforeEach(() => {
  for (const path of ['interlatent/build', 'elsewhere', '@interlatent']) {
    rmSync(join(modules, path), { recursive: true, force: true });
  }
});

function put(path: string, from = addon): string {
  const target = join(modules, path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(from, target);
  return target;
}

function putPackage(name: string): string {
  mkdirSync(join(modules, '@interlatent', name), { recursive: true });
  writeFileSync(join(modules, '@interlatent', name, 'package.json'), JSON.stringify({ name, version }));
  return put(`@interlatent/${name}/interlatent.node`);
}

interface Outcome {
  readonly path?: string;
  readonly code?: string;
  readonly message?: string;
  readonly details?: { readonly tried: readonly Attempt[] };
}

const LOAD = {
  module: "const interlatent = await import('interlatent');",
  commonjs: "const interlatent = require('interlatent');",
} as const;

/** Prints the path of the loaded library, which Linux lists among the mapped files, or the error. */
const SCRIPT = `
  try {
    interlatent.buildInfo();
    const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
    console.log(JSON.stringify({ path: /(\\S+interlatent\\.node)$/m.exec(maps)[1] }));
  } catch ({ code, message, details }) {
    console.log(JSON.stringify({ code, message, details }));
  }`;

function load(type: keyof typeof LOAD, env: Readonly<Record<string, string>> = {}, flags: string[] = []): Outcome {
  const script = type === 'module' ? SCRIPT.replace('require(', 'process.getBuiltinModule(') : SCRIPT;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, `--input-type=${type}`, '-e', `${LOAD[type]}${script}`],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', INTERLATENT_NATIVE_PATH: '', ...env } },
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Outcome;
}

describe.each(['module', 'commonjs'] as const)('the engine (%s)', (type) => {
  test('is loaded from the platform’s package', () => {
    const path = putPackage(platform);
    expect(load(type)).toEqual({ path });
  });

  test('is loaded from a local build rather than from the package', () => {
    putPackage(platform);
    const path = put('interlatent/build/Release/interlatent.node');
    expect(load(type)).toEqual({ path });
  });

  test('is loaded from the file that INTERLATENT_NATIVE_PATH names rather than from either', () => {
    putPackage(platform);
    put('interlatent/build/Release/interlatent.node');
    const path = put('elsewhere/interlatent.node');
    expect(load(type, { INTERLATENT_NATIVE_PATH: path })).toEqual({ path });
  });

  test('is not loaded from elsewhere if the named file cannot be loaded', () => {
    putPackage(platform);
    const { code, details, message } = load(type, { INTERLATENT_NATIVE_PATH: '/nonexistent' });
    expect(code).toBe('native-missing');
    expect(details?.tried).toEqual([{ path: '/nonexistent', cause: 'there is no such file' }]);
    expect(message).toContain('1. INTERLATENT_NATIVE_PATH, when set, is the only file tried: correct it or unset it');
  });

  test('if missing, gives an error with all paths that were tried', () => {
    const { code, details, message } = load(type);
    expect(code).toBe('native-missing');
    expect(details?.tried).toEqual([
      { path: join(modules, 'interlatent/build/Release/interlatent.node'), cause: 'there is no such file' },
      { path: join(modules, 'interlatent/build/gyp/build/Release/interlatent.node'), cause: 'there is no such file' },
      { path: `@interlatent/${platform}`, cause: 'it is not installed' },
    ]);
    expect(message).toContain(`1. npm left out the optional package @interlatent/${platform}`);
  });
});

describe('the platform’s package', () => {
  test('is refused if its version differs', () => {
    const exports = { './interlatent.node': './old.cjs' };
    file(`node_modules/@interlatent/${platform}/package.json`, JSON.stringify({ name: platform, exports }));
    const path = file(
      `node_modules/@interlatent/${platform}/old.cjs`,
      "module.exports = { buildInfo: { version: '0.0.1' }, Program: class {} };",
    );
    const { code, details, message } = load('commonjs');
    expect(code).toBe('native-missing');
    expect(details?.tried.at(-1)).toEqual({ path, cause: `it is version 0.0.1, this package is ${version}` });
    expect(message).toContain(
      `1. npm install interlatent@${version} installs both in the same version; the library found is 0.0.1`,
    );
  });

  test('is not loaded if Node may load no addons', () => {
    putPackage(platform);
    const { code, message } = load('commonjs', {}, ['--no-addons']);
    expect(code).toBe('native-missing');
    expect(message).toContain('1. Run Node without --no-addons');
  });

  test('is reported as damaged if its library is damaged', () => {
    writeFileSync(putPackage(platform), 'no library\n'.repeat(100));
    const { message } = load('module');
    expect(message).toContain('invalid ELF header');
    expect(message).toMatch(/1\. \S+interlatent\.node is damaged or made for another processor than/);
  });

  test('of another platform is named if node_modules was copied', () => {
    const other = platform === 'linux-arm64' ? 'linux-x64' : 'linux-arm64';
    putPackage(other);
    const { message } = load('module');
    expect(message).toContain(`1. node_modules has the package of ${other}: it was installed on another machine`);
  });
});

describe('the remedy', () => {
  const where: Circumstances = {
    platform: 'linux-x64',
    glibc: '2.41',
    installed: [],
    isCheckout: false,
    isNamed: false,
    isBundle: false,
  };
  const path = '/app/node_modules/@interlatent/linux-x64/interlatent.node';
  const first = (tried: readonly Attempt[], circumstances: Partial<Circumstances> = {}) =>
    /^ {2}1\. (.*)$/m.exec(missingMessage(tried, { ...where, ...circumstances }))?.[1];
  const refused = (cause: string) => [{ path, cause, code: 'ERR_DLOPEN_FAILED' }];

  test.each([
    [
      'libdnnl.so.3.6: cannot open shared object file: No such file or directory',
      /libdnnl\.so\.3\.6 .*install libdnnl3/,
    ],
    [
      'libother.so.1: cannot open shared object file: No such file or directory',
      /Install the library libother\.so\.1$/,
    ],
    ["/lib/libc.so.6: version `GLIBC_2.38' not found (required by x)", /newer system: .*older than GLIBC_2\.38/],
    [`${path}: failed to map segment from shared object`, /without noexec$/],
    ['[load] this processor lacks AVX2 and FMA, which the x86-64 build needs', /whose processor has AVX2 and FMA$/],
    [`${path}: wrong ELF class: ELFCLASS32`, /another processor than linux-x64/],
  ])('fits the cause “%s”', (cause, remedy) => {
    expect(first(refused(cause))).toMatch(remedy);
  });

  const absent = [{ path: '@interlatent/x', cause: 'it is not installed' }];
  test.each<[string, Partial<Circumstances>, RegExp]>([
    ['an optional package left out', {}, /without --omit=optional/],
    ['musl', { platform: 'linuxmusl-x64', glibc: undefined }, /optional package @interlatent\/linuxmusl-x64:/],
    [
      'a folder copied to musl',
      { platform: 'linuxmusl-arm64', glibc: undefined, installed: ['linux-x64'] },
      /was installed on another machine.* --os=linux --cpu=arm64 --libc=musl$/,
    ],
    [
      'a folder copied to Windows',
      { platform: 'win32-x64', glibc: undefined, installed: ['linux-x64'] },
      /was installed on another machine.* --os=win32 --cpu=x64$/,
    ],
    [
      'a platform without a package',
      { platform: 'freebsd-x64' },
      /no prebuilt library for freebsd-x64, only for linux-x64, linux-arm64, .*, win32-x64$/,
    ],
    ['a bundle far from its packages', { isBundle: true }, /bundled, .* INTERLATENT_NATIVE_PATH/],
    ['a checkout', { isCheckout: true }, /^In a checkout of interlatent: npm run setup$/],
  ])('fits %s', (_, circumstances, remedy) => {
    expect(first(absent, circumstances)).toMatch(remedy);
  });

  test('works after npm has rolled back: it does not rebuild a missing package', () => {
    for (const circumstances of [{}, { platform: 'linuxmusl-arm64' }, { platform: 'darwin-x64' }]) {
      expect(missingMessage(absent, { ...where, ...circumstances })).not.toContain('npm rebuild');
    }
  });
});
