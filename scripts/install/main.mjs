// Called by scripts/test-install. Tries every way to install, measures an install, and writes a JSON file with --json.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { IMAGES } from './images.mjs';
import { measure } from './measure.mjs';
import { publishAll, startRegistry } from './registry.mjs';
import { application, WAYS } from './ways.mjs';

const { values: options } = parseArgs({
  options: {
    /** Text that the names of the tried ways contain. Nothing is measured then. */
    only: { type: 'string' },
    /** Leaves out ways that take minutes. */
    quick: { type: 'boolean' },
    json: { type: 'string' },
  },
});
const { version, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const platform = `${process.platform}-${process.arch}`;
const other = platform === 'linux-x64' ? 'linux-arm64' : 'linux-x64';
const TARGETS = { installSeconds: 15, megabytes: 25, importMilliseconds: 80 };

const registry = await startRegistry();
const results = [];
let costs;
try {
  await publishAll('build/tarballs', registry.url);
  const ways = [...WAYS, ...IMAGES].filter(({ name }) => options.only === undefined || name.includes(options.only));
  for (const way of ways) results.push(await tried(way));
  if (options.only === undefined) costs = await measure({ registry: registry.url, version });
} finally {
  await registry.stop();
}
const failures = results.filter(({ result }) => result === 'failed').length;
if (costs !== undefined) printCosts(costs);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(record(), null, 2)}\n`);
console.log(`${results.length - failures} of ${results.length} ways did not fail`);
// Timers of Verdaccio would keep the process alive.
process.exit(failures === 0 ? 0 : 1);

async function tried(way) {
  const skipped = way.isSlow && options.quick ? 'takes minutes' : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'interlatent-'));
  const settings = { registry: registry.url, version, cache: join('/tmp', `interlatent-npm-${process.pid}`) };
  const start = performance.now();
  let result = 'works';
  let detail = skipped;
  if (skipped !== undefined) {
    result = 'left out';
  } else {
    try {
      const [app, far] = ['app', 'far'].map((name) => application(join(folder, name), settings));
      const development = (name) => `${name}@${devDependencies[name]}`;
      detail = await way.run({ ...settings, app, far, development, platform, other });
    } catch (error) {
      result = 'failed';
      detail = error.message;
    }
  }
  const seconds = Math.round(performance.now() - start) / 1000;
  rmSync(folder, { recursive: true, force: true });
  console.log(`${result.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${way.name}: ${detail}`);
  return { way: way.name, result, detail: detail.split('\n')[0], seconds };
}

function printCosts({ installSeconds, bytes, bytesOnDisk, packages, importMilliseconds: { module, commonjs } }) {
  const megabytes = (count) => (count / 1e6).toFixed(1);
  console.log(`install      ${installSeconds.toFixed(1)} s (≤ ${TARGETS.installSeconds} s), ${packages.join(', ')}`);
  const onDisk = megabytes(bytesOnDisk);
  console.log(`size         ${megabytes(bytes)} MB, ${onDisk} MB on the disk (≤ ${TARGETS.megabytes} MB)`);
  for (const [what, { median, min }] of [
    ['import', module],
    ['require', commonjs],
  ]) {
    const target = `≤ ${TARGETS.importMilliseconds} ms`;
    console.log(`${what.padEnd(12)} ${median.toFixed(0)} ms, minimum ${min.toFixed(0)} ms (${target})`);
  }
}

function record() {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const { model } = os.cpus()[0];
  const machine = {
    processor: model.trim(),
    cores: os.availableParallelism(),
    node: process.version,
    load: os.loadavg()[0],
  };
  return {
    command: 'npm run test:install -- --json bench/results/install.json',
    commit,
    version,
    platform,
    machine,
    targets: TARGETS,
    ways: results,
    costs,
  };
}
