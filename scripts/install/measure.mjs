// Measures an install: seconds without a cache, bytes on the disk, and the time of an import.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { application } from './ways.mjs';
import { node } from './shell.mjs';

const INSTALLS = 5;
const IMPORTS = 15;
/** Programs that measure an import, each in a new process. The clock starts when Node has started. */
const IMPORT = {
  module: "const start = performance.now(); await import('interlatent'); console.log(performance.now() - start);",
  commonjs: "const start = performance.now(); require('interlatent'); console.log(performance.now() - start);",
};

/** Returns medians. `bytes` is the size of all files in node_modules. */
export async function measure({ registry, version }) {
  const seconds = [];
  let app;
  for (let i = 0; i < INSTALLS; i++) {
    const folder = mkdtempSync(join(tmpdir(), 'interlatent-'));
    // The cache is empty, as on a new machine.
    app = application(folder, { registry, version, cache: join(folder, 'cache') });
    const start = performance.now();
    await app.npmInstall('interlatent');
    seconds.push((performance.now() - start) / 1000);
    if (i < INSTALLS - 1) rmSync(folder, { recursive: true });
  }
  const milliseconds = { module: [], commonjs: [] };
  for (let i = 0; i < IMPORTS; i++) {
    for (const [type, script] of Object.entries(IMPORT)) {
      const { stdout } = await node([`--input-type=${type}`, '-e', script], { cwd: app.folder });
      milliseconds[type].push(Number(stdout));
    }
  }
  const modules = app.path('node_modules');
  const files = readdirSync(modules, { recursive: true }).map((name) => statSync(join(modules, name)));
  const packages = readdirSync(modules).flatMap((name) =>
    name.startsWith('.')
      ? []
      : name.startsWith('@')
        ? readdirSync(join(modules, name)).map((scoped) => `${name}/${scoped}`)
        : [name],
  );
  rmSync(app.folder, { recursive: true });
  const importing = (type) => ({ median: median(milliseconds[type]), min: Math.min(...milliseconds[type]) });
  return {
    installSeconds: median(seconds),
    bytes: files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0),
    bytesOnDisk: files.reduce((sum, { blocks }) => sum + blocks * 512, 0),
    packages,
    importMilliseconds: { module: importing('module'), commonjs: importing('commonjs') },
  };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
