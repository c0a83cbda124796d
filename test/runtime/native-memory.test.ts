// Programs report the memory that they take outside V8’s heap, so that V8 collects programs that were not disposed of.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { beforeAll, expect, test } from '@jest/globals';

import { compile } from '../../src/compile/index.js';
import { data, sum } from '../../src/graph/index.js';
import { Program } from '../../src/runtime/program.js';
import { scratch } from '../fixtures/scratch.js';

/** An addon whose function returns the external bytes that V8 has counted. Node has no other way to read them. */
const SOURCE = `
  int napi_adjust_external_memory(void *env, long long change, long long *total);
  int napi_create_double(void *env, double value, void **result);
  int napi_create_function(void *env, const char *name, unsigned long length, void *call, void *data, void **result);
  static void *bytes(void *env, void *info) {
    long long total = 0;
    void *result = 0;
    napi_adjust_external_memory(env, 0, &total);
    napi_create_double(env, (double)total, &result);
    return result;
  }
  void *napi_register_module_v1(void *env, void *exports) {
    napi_create_function(env, "bytes", 5, (void *)bytes, 0, &exports);
    return exports;
  }
`;

/** Bytes that unrelated objects of the process may add or free during a test. */
const UNRELATED = 2 ** 20;

const { file } = scratch();
let external: () => number;

beforeAll(() => {
  const path = file('external.node');
  execFileSync('cc', ['-shared', '-fPIC', '-o', path, file('external.c', SOURCE)]);
  external = createRequire(import.meta.url)(path) as () => number;
});

/** Loads a program with 64 MiB of data. */
function load(): Program {
  const outputs = { total: sum(data('x', [1, 2 ** 24]), [1]) };
  return Program.load(compile({ runs: 1, entries: { main: { outputs } } }), { threads: 1 });
}

function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThan(UNRELATED);
}

test('a program counts once, from its load to its disposal', async () => {
  const before = external();
  const first = load();
  const { total } = first.memory();
  expect(total).toBeGreaterThan(2 ** 26);
  expectNear(external(), before + total);
  const second = load();
  expectNear(external(), before + 2 * total);
  await first.dispose();
  expectNear(external(), before + total);
  await first.dispose();
  expectNear(external(), before + total);
  await second.dispose();
  expectNear(external(), before);
});

test('a program that is collected no longer counts', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  /** Collects garbage until `isDone` is true, at most 50 times. */
  const settle = async (isDone: () => boolean): Promise<void> => {
    for (let round = 0; round < 50 && !isDone(); round++) {
      collect();
      await setImmediate();
    }
  };
  // First, memory that other test files left in this process is freed.
  let last = Infinity;
  await settle(() => {
    const isStill = external() === last;
    last = external();
    return isStill;
  });
  const before = external();
  load();
  expect(external()).toBeGreaterThan(before + 2 ** 26 - UNRELATED);
  await settle(() => external() <= before + UNRELATED);
  expectNear(external(), before);
});
