// Tests the package as an application loads it: the built entry points in dist/, the exports of package.json, and the
// error without an addon.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Condition {
  types: string;
  default: string;
}

interface Manifest {
  version: string;
  bin: Record<string, string>;
  exports: { '.': { import: Condition; require: Condition } };
  scripts: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Manifest;

/** Runs a script in a separate Node process in the package's folder, where `interlatent` resolves to this package. */
function node(type: 'module' | 'commonjs', script: string, environment: Record<string, string> = {}) {
  const flags = [`--input-type=${type}`];
  // Recent releases of Node 20 can `require` ES modules, earlier ones cannot. The CommonJS entry serves those too.
  if (process.allowedNodeEnvironmentFlags.has('--experimental-require-module')) {
    flags.push('--no-experimental-require-module');
  }
  const env = { ...process.env, NODE_OPTIONS: '', ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', script], { cwd: root, env });
  return { status, stdout: stdout.toString().trim(), stderr: stderr.toString() };
}

const loadAs = {
  module: "import * as interlatent from 'interlatent';",
  commonjs: "const interlatent = require('interlatent');",
} as const;

describe('the entry points', () => {
  test('export the same names for import and for require', () => {
    const script = 'console.log(JSON.stringify(Object.keys(interlatent).sort()))';
    const [esm, cjs] = (['module', 'commonjs'] as const).map((type) => node(type, `${loadAs[type]} ${script}`));
    expect(esm.stderr + cjs.stderr).toBe('');
    const names = JSON.parse(esm.stdout) as string[];
    expect(names).toContain('InputError');
    expect(JSON.parse(cjs.stdout)).toEqual(names);
  });

  test.each(['module', 'commonjs'] as const)('find the addon (%s)', (type) => {
    const { stdout, stderr } = node(type, `${loadAs[type]} console.log(interlatent.buildInfo().version)`);
    expect({ stdout, stderr }).toEqual({ stdout: manifest.version, stderr: '' });
  });

  test('throw an error of the exported class if there is no addon', () => {
    const script = `${loadAs.commonjs}
      try { interlatent.buildInfo() } catch (error) { console.log(error instanceof interlatent.DeviceError) }`;
    expect(node('commonjs', script, { INTERLATENT_NATIVE_PATH: '/nonexistent' }).stdout).toBe('true');
  });

  test('name an addon that cannot be loaded, and the reason', () => {
    const folder = mkdtempSync(join(tmpdir(), 'interlatent-'));
    const broken = join(folder, 'broken.node');
    writeFileSync(broken, 'no library\n'.repeat(100));
    const script = `${loadAs.commonjs} try { interlatent.buildInfo() } catch (error) { console.log(error.message) }`;
    expect(node('commonjs', script, { INTERLATENT_NATIVE_PATH: broken }).stdout).toContain(
      `${broken}: invalid ELF header`,
    );
    expect(node('commonjs', script, { INTERLATENT_NATIVE_PATH: `${root}package.json` }).stdout).toContain(
      'package.json: it is not the native library of interlatent',
    );
    rmSync(folder, { recursive: true });
  });
});

describe('package.json', () => {
  test('points only to files that exist', () => {
    const { import: esm, require: cjs } = manifest.exports['.'];
    const paths = [esm.types, esm.default, cjs.types, cjs.default, ...Object.values(manifest.bin)];
    expect(paths.filter((path) => !existsSync(root + path))).toEqual([]);
  });

  test('names only scripts that exist', () => {
    const files = Object.values(manifest.scripts).flatMap(
      (script) => script.match(/(?:scripts|bench)\/[\w.-]+/g) ?? [],
    );
    expect(files).toContain('scripts/setup');
    expect(files.filter((path) => !existsSync(root + path))).toEqual([]);
  });
});
