// Tests the packed npm package: its bytes are reproducible, it contains only necessary files, its types and links
// resolve, and it contains the licences of bundled libraries. `npm run test:install` installs it in every usual way.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { PLATFORMS } from '../../src/runtime/platform-package.js';
import { longTest } from '../fixtures/long.js';
import { scratch } from '../fixtures/scratch.js';

const ROOT = join(import.meta.dirname, '../..');
const { folder, file } = scratch();
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

function run(command: string, args: readonly string[], cwd = ROOT): string {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env });
  expect({ command, status, stderr: status === 0 ? '' : stderr + stdout }).toEqual({ command, status: 0, stderr: '' });
  return stdout;
}

/** Packs the built dist/ into a folder of the scratch folder, and returns the path of the tarball. */
function pack(name: string): string {
  run(join(ROOT, 'scripts/pack'), ['--built', '--only', 'interlatent', '--out', file(name)]);
  const [tarball] = readdirSync(file(name));
  return join(file(name), tarball);
}

const sha = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const packed = (path: string) => join(folder, 'package', path);

let tarball: string;
let files: string[];

beforeAll(() => {
  tarball = pack('first');
  run('tar', ['-xzf', tarball], folder);
  files = readdirSync(packed('.'), { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(packed(path)).isFile())
    .sort();
});

longTest('the same sources are packed to the same bytes', () => {
  expect(sha(pack('second'))).toBe(sha(tarball));
});

describe('the package', () => {
  test('contains only the files that running, documentation and building need', () => {
    const kinds = new Set(files.map((path) => path.replace(/\/.*/, '')));
    expect([...kinds].sort()).toEqual([
      ...[
        'CHANGELOG.md',
        'CITATION.cff',
        'CMakeLists.txt',
        'LICENSE',
        'README.md',
        'SECURITY.md',
        'bindings',
        'cuda',
        'dist',
      ],
      ...['docs', 'native', 'package.json', 'scripts'],
    ]);
    expect(files.filter((path) => /\.(ts|js\.map|tsbuildinfo)$/.test(path) && !path.endsWith('.d.ts'))).toEqual([]);
    expect(files.filter((path) => /(^|\/)(tests?|emulation|tools)\//.test(path))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        ...['dist/index.js', 'dist/cjs/index.js', 'dist/index.d.ts', 'dist/cjs/index.d.ts', 'dist/cli/main.js'],
        ...[
          'dist/bundled-licences.txt',
          'dist/study.schema.json',
          'docs/how-to/install.md',
          'docs/tutorials/first-study.md',
        ],
        ...['scripts/build-installed', 'bindings/include/napi.h'],
      ]),
    );
  });

  test('has less than 14 MB, so that with an engine it has less than 25 MB', () => {
    const bytes = files.reduce((sum, path) => sum + statSync(packed(path)).size, 0);
    expect(bytes).toBeLessThan(14e6);
  });

  test('has no script that npm runs, and only the dependency that an application shares with it', () => {
    const manifest = JSON.parse(readFileSync(packed('package.json'), 'utf8')) as Record<string, object> & {
      version: string;
    };
    expect(Object.keys(manifest['scripts'])).toEqual(['build:native', 'build:cuda']);
    expect(existsSync(packed('binding.gyp'))).toBe(false);
    expect(Object.keys(manifest['dependencies'])).toEqual(['@opentelemetry/api']);
    expect(manifest['devDependencies']).toBeUndefined();
    expect(manifest['private']).toBeUndefined();
    const { version } = manifest;
    expect(manifest['optionalDependencies']).toEqual(
      Object.fromEntries(PLATFORMS.map((name) => [`@interlatent/${name}`, version])),
    );
  });

  test('contains the licence of every bundled library', () => {
    const texts = readFileSync(packed('dist/bundled-licences.txt'), 'utf8').split('\n---\n\n');
    const names = texts.map((text) => text.slice(0, text.indexOf('\n')));
    expect(names).toEqual(expect.arrayContaining(['@viz-js/viz', 'commander', 'hyparquet', 'ml-matrix', 'zod']));
    expect(texts.filter((text) => text.length < 300)).toEqual([]);
  });

  test('has no dead links in its Markdown', () => {
    const dead = files
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) =>
        [...readFileSync(packed(path), 'utf8').matchAll(/\]\(([^()\s]+)\)/g)]
          .map(([, target]) => target)
          .filter((target) => !/^(#|[a-z]+:)/.test(target))
          .map((target) => normalize(join(dirname(path), target.replace(/#.*/, ''))))
          .filter((target) => !existsSync(packed(target)))
          .map((target) => `${path}: ${target}`),
      );
    expect(dead).toEqual([]);
  });
});

describe('its entry points', () => {
  test('pass publint', () => {
    expect(run(bin('publint'), ['--strict', tarball])).toContain('All good!');
  });

  test('have types in every resolution mode that supports `exports`', () => {
    const { stdout } = spawnSync(bin('attw'), [tarball, '--format', 'json'], { encoding: 'utf8' });
    const { analysis } = JSON.parse(stdout) as { analysis: { types: object; problems: Record<string, string>[] } };
    expect(analysis.types).toEqual({ kind: 'included' });
    // `web` is for browsers, which have no `require`.
    expect(analysis.problems.filter(({ resolutionKind }) => resolutionKind !== 'node10')).toEqual([
      { kind: 'CJSResolvesToESM', entrypoint: './web', resolutionKind: 'node16-cjs' },
    ]);
  });

  test('have types that import only installed packages', () => {
    const imported = files
      .filter((path) => path.endsWith('.d.ts'))
      .flatMap((path) => [...readFileSync(packed(path), 'utf8').matchAll(/\b(?:from|import\() ?'([^'./][^']*)'/g)])
      .map(([, name]) => name);
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(packed('package.json'), 'utf8')) as Record<
      'dependencies' | 'peerDependencies',
      object
    >;
    const known = (name: string) => name.startsWith('node:') || name in dependencies || name in peerDependencies;
    expect([...new Set(imported)].filter((name) => !known(name))).toEqual([]);
  });
});
