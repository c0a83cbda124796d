// V8 knows of the memory that programs take outside its heap, so that it collects programs that nobody disposed of.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { beforeAll, expect, test } from '@jest/globals';

import { compile } from '../src/compile/index.js';
import { data, sum } from '../src/graph/index.js';
import { Program } from '../src/runtime/program.js';
import { scratch } from './scratch.js';

/** An addon that is a function: the bytes that V8 was told of. Node has no other way to ask for them. */
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

/** What else comes and goes in a process meanwhile. */
const UNRELATED = 2 ** 20;

const { file } = scratch();
let external: () => number;

beforeAll(() => {
  const path = file('external.node');
  execFileSync('cc', ['-shared', '-fPIC', '-o', path, file('external.c', SOURCE)]);
  external = createRequire(import.meta.url)(path) as () => number;
});

/** 64 MiB of data. */
function load(): Program {
  const outputs = { total: sum(data('x', [1, 2 ** 24]), [1]) };
  return Program.load(compile({ runs: 1, entries: { main: { outputs } } }), { threads: 1 });
}

function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThan(UNRELATED);
}

test('a program counts from its load to its disposal, once', async () => {
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

test('a program that is collected counts no more', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  /** Collects until nothing more comes free, or what is awaited has. */
  const settle = async (isDone: () => boolean): Promise<void> => {
    for (let round = 0; round < 50 && !isDone(); round++) {
      collect();
      await setImmediate();
    }
  };
  // What other test files left in this process goes first.
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
