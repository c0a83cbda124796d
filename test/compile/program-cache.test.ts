// The program cache holds programs up to a number of bytes and never returns the program of another spec.

import { expect, test } from '@jest/globals';
import { compile, type CompiledProgram, type CompileSpec } from '../../src/compile/index.js';
import type { MemoryUse } from '../../src/compile/spec.js';
import { ProgramCache } from '../../src/compile/program-cache.js';
import { add, constant, grad, label, mul, parameter, sum, type Node } from '../../src/graph/index.js';

interface Varied {
  readonly factor?: number;
  readonly values?: readonly number[];
  readonly name?: string;
  readonly output?: string;
  readonly rates?: readonly string[];
  readonly rate?: string;
  readonly beta1?: number;
  readonly tiles?: number;
  readonly guarded?: boolean;
  readonly size?: number;
  readonly swapped?: boolean;
  readonly kernels?: ReadonlySet<string>;
  readonly memory?: MemoryUse;
}

/** Returns a spec with a new graph. */
function specOf(varied: Varied = {}): CompileSpec {
  const { factor = 0, values = [1, 2], name = 'loss', output = 'y', rate = 'a', beta1 = 0.9, size = 2 } = varied;
  const weight = parameter('weight', [1, size]);
  const fixed = constant(
    Array.from({ length: size }, (_, i) => values[i % values.length]),
    [1, size],
  );
  const scaled = mul(weight, factor);
  const together: Node = varied.swapped ? add(fixed, scaled) : add(scaled, fixed);
  const loss = label(sum(together, [1]), name);
  const [gradient] = grad(loss, [weight]);
  return {
    runs: 1,
    rates: varied.rates ?? ['a', 'b'],
    ...(varied.kernels && { kernels: varied.kernels }),
    ...(varied.memory && { memory: varied.memory }),
    entries: {
      train: {
        ...(varied.tiles && { tiles: varied.tiles }),
        outputs: { [output]: loss },
        ...(varied.guarded && { guard: [loss] }),
        update: {
          optimizer: 'adam',
          parameters: [{ node: weight, gradient, rate }],
          beta1,
          beta2: 0.99,
          epsilon: 1e-8,
        },
      },
    },
  };
}

const programOf = (bytes: number): CompiledProgram => ({
  ...compile(specOf()),
  plan: new Uint8Array(bytes),
  constants: [],
});

test('compiling the same graph, built again, returns the same program', () => {
  expect(compile(specOf())).toBe(compile(specOf()));
});

test.each<Varied>([
  { factor: -0 },
  { factor: NaN },
  { factor: Infinity },
  { values: [1, 3] },
  { values: [-0, 2] },
  { name: 'other' },
  { output: 'other' },
  { rates: ['b', 'a'] },
  { rate: 'b' },
  { beta1: 0.8 },
  { tiles: 2 },
  { memory: 'parallel' },
  { guarded: true },
  { size: 3 },
  { swapped: true },
  { kernels: new Set() },
])('a spec with %o has a separate program', (varied) => {
  const cache = new ProgramCache(2 ** 20);
  const [plain, other] = [programOf(1), programOf(1)];
  expect(cache.get(specOf(), () => plain)).toBe(plain);
  expect(cache.get(specOf(varied), () => other)).toBe(other);
  expect(cache.get(specOf(), () => other)).toBe(plain);
});

test('the least recently used program is removed; a program larger than the cache is not stored', () => {
  const cache = new ProgramCache(100);
  const compiles = (size: number, bytes: number) => {
    let isCompiled = false;
    cache.get(specOf({ size }), () => {
      isCompiled = true;
      return programOf(bytes);
    });
    return isCompiled;
  };
  expect([compiles(1, 40), compiles(2, 40), compiles(1, 40), compiles(3, 40)]).toEqual([true, true, false, true]);
  expect([compiles(1, 40), compiles(3, 40), compiles(2, 40)]).toEqual([false, false, true]);
  expect(cache.bytes).toBe(80);
  expect([compiles(4, 101), compiles(4, 101), compiles(3, 40)]).toEqual([true, true, false]);
  expect(cache.bytes).toBe(80);
});

test('an invalid spec is refused every time', () => {
  const spec = { ...specOf(), runs: 0 };
  for (let i = 0; i < 2; i++) expect(() => compile(spec)).toThrow(expect.objectContaining({ code: 'out-of-range' }));
});
