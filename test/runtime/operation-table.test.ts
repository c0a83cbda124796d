// Compares every operation, its gradient and its second derivatives on every native backend with the float64 reference,
// and products also in the precisions of tensor cores. It prints the largest errors per operation and writes
// them per row to build/reports/operations.md.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { decodePlan } from '../../src/compile/decode.js';
import { compile } from '../../src/compile/index.js';
import { operations, parameter } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import type { Device, MatmulPrecision } from '../../src/runtime/device.js';
import { BACKENDS, ROUNDED } from '../fixtures/backends.js';
import { PlanRun } from '../fixtures/plan-run.js';
import { relativeError } from '../fixtures/numbers.js';
import {
  operationCases,
  operationEntry,
  roundingTolerances,
  roundsFactors,
  singleTolerance,
  type OperationCase,
} from '../operation-cases/index.js';

const TABLE = join(import.meta.dirname, '../../build/reports/operations.md');

/** Errors by row, per backend. */
const errors = new Map<OperationCase, Map<string, number>>();

/** Reference values of the entry of a row, computed once for all backends. */
const references = new Map<OperationCase, Float64Array[]>();

function referenceOf(row: OperationCase): Float64Array[] {
  const { outputs, parameters } = operationEntry(row);
  const known = references.get(row) ?? evaluate(Object.values(outputs), { parameters });
  references.set(row, known);
  return known;
}

const titled = operationCases.map((row): [string, OperationCase] => [`${row.op} ${row.title}`, row]);

describe.each(BACKENDS)('on $title', ({ title: backend, device, load }) => {
  test.each(titled)('%s', async (_, row) => {
    const { outputs, parameters } = operationEntry(row);
    const run = new PlanRun(compile({ runs: 1, kernels: device.kernels, entries: { main: { outputs } } }), {
      device,
      load,
    });
    try {
      run.feed({ parameters });
      const actual = (await run.step('main')).outputs;
      const expected = referenceOf(row);
      const errorsByOutput = Object.keys(outputs).map((name, i): [string, number] => [
        name,
        relativeError(actual[name], expected[i]),
      ]);
      remember(row, backend, Math.max(...errorsByOutput.map(([, error]) => error)));
      for (const [name, error] of errorsByOutput) {
        expect([name, error < singleTolerance(row) ? 'equal' : error]).toEqual([name, 'equal']);
      }
      expect(await run.strayWrites('main')).toEqual([]);
    } finally {
      await run.dispose();
    }
  });
});

describe.each(BACKENDS)('on $title NaN and infinity reach the same results as in the reference', ({ device, load }) => {
  const rows = titled.filter(([, row]) => row.passesNotFinite);
  test.each(rows)('%s', async (_, row) => {
    const { outputs: all, parameters } = operationEntry(row);
    const { value } = all;
    // WebGPU reuses the program of the table, whose shaders are compiled already; other backends compute only what is
    // compared.
    const outputs = device.backend === 'webgpu' ? all : { value };
    const compiled = compile({ runs: 1, kernels: device.kernels, entries: { main: { outputs } } });
    const run = new PlanRun(compiled, { device, load });
    try {
      for (const special of [NaN, -Infinity]) {
        const inputs = { ...parameters, p0: parameters['p0'].map((value, i) => (i === 0 ? special : value)) };
        run.feed({ parameters: inputs });
        const [expected] = evaluate([value], { parameters: inputs });
        const actual = (await run.step('main')).outputs['value'];
        expect([special, Array.from(actual, Number.isFinite)]).toEqual([
          special,
          Array.from(expected, Number.isFinite),
        ]);
      }
    } finally {
      await run.dispose();
    }
  });
});

/** Kernels that a backend may lack, with their operations. */
const optional = [...operations.values()].flatMap((operation) =>
  operation.lowering.kind === 'opaque' && operation.expand !== undefined
    ? [{ name: operation.name, kernel: operation.lowering.kernel.name }]
    : [],
);

describe.each(BACKENDS)('$title lists exactly the optional kernels that it has', ({ device, load }) => {
  test.each(optional)('$kernel', async ({ name, kernel }) => {
    const { shapes, build } = operationCases.find(({ op }) => op === name)!;
    const value = build(...shapes.map((shape, i) => parameter(`p${i}`, shape)));
    const compiled = compile({ runs: 1, kernels: new Set([kernel]), entries: { main: { outputs: { value } } } });
    const started = (): PlanRun => new PlanRun(compiled, { device, load });
    if (device.kernels.has(kernel)) await started().dispose();
    else expect(started).toThrow(expect.objectContaining({ code: 'unknown-kernel' }));
  });
});

describe.each(ROUNDED)('on $title', ({ title: backend, device, unit }) => {
  test.each(titled.filter(([, row]) => roundsFactors(row)))(
    '%s has errors within the rounding of its factors',
    async (_, row) => {
      const { outputs, parameters } = operationEntry(row);
      const run = new PlanRun(compile({ runs: 1, kernels: device.kernels, entries: { main: { outputs } } }), {
        device,
      });
      try {
        run.feed({ parameters });
        const actual = (await run.step('main')).outputs;
        const expected = referenceOf(row);
        const tolerances = roundingTolerances(row, unit);
        const errorsByOutput = Object.keys(outputs).map((name, i) => {
          // A result to which no factor contributes is exactly 0, and so is its tolerance.
          const shares = Array.from(expected[i], (value, j) => {
            const difference = Math.abs(actual[name][j] - value);
            return difference === 0 ? 0 : difference / tolerances[i][j];
          });
          return { name, error: relativeError(actual[name], expected[i]), share: Math.max(...shares) };
        });
        const worst = Math.max(...errorsByOutput.map(({ error }) => error));
        remember(row, backend, worst);
        for (const { name, share } of errorsByOutput) {
          expect([name, share < 1 ? 'within' : share]).toEqual([name, 'within']);
        }
        // The product was rounded, and not to more bits.
        expect(worst).toBeGreaterThan(unit / 1000);
        // This precision is nearly float32: the tolerance of single precision alone would accept more.
        if (unit < singleTolerance(row)) expect(worst).toBeLessThan(8 * unit);
        expect(await run.strayWrites('main')).toEqual([]);
      } finally {
        await run.dispose();
      }
    },
  );
});

describe.each(ROUNDED.filter(({ precision }) => precision === 'tf32'))('on $title', ({ device }) => {
  test.each(titled.filter(([, row]) => roundsFactors(row)))(
    'tf32-convolutions gives the bits of tf32 in convolutions, and otherwise those of float32: %s',
    async (_, row) => {
      const { outputs, parameters } = operationEntry(row);
      const compiled = compile({ runs: 1, kernels: device.kernels, entries: { main: { outputs } } });
      const resultsIn = async (precision: MatmulPrecision): Promise<unknown> => {
        const run = new PlanRun(compiled, { device: { ...device, matmulPrecision: precision } as Device });
        try {
          run.feed({ parameters });
          return (await run.step('main')).outputs;
        } finally {
          await run.dispose();
        }
      };
      // A convolution of single pixels is a matrix product.
      const convolves = decodePlan(compiled.plan).entries[0].kernels.some(({ name }) => name.startsWith('conv'));
      const same = convolves ? 'tf32' : 'float32';
      expect(await resultsIn('tf32-convolutions')).toEqual(await resultsIn(same));
    },
  );
});

afterAll(() => {
  const head = ['operation', ...BACKENDS.map(({ title }) => title)];
  const cells = (rows: readonly OperationCase[]): string[] =>
    BACKENDS.map(({ title }) => Math.max(...rows.map((row) => errors.get(row)?.get(title) ?? NaN)).toExponential(1));
  mkdirSync(dirname(TABLE), { recursive: true });
  const table = [head, head.map(() => '---'), ...titled.map(([title, row]) => [title, ...cells([row])])];
  writeFileSync(TABLE, `${table.map(markdown).join('\n')}\n`);
  const operations = [...new Set(operationCases.map(({ op }) => op))];
  const lines = operations.map((op) => [op, ...cells(operationCases.filter((row) => row.op === op))]);
  for (const { title, precision } of ROUNDED) {
    const worst = Math.max(...operationCases.map((row) => errors.get(row)?.get(title) ?? 0));
    const worstCells = BACKENDS.map((backend) =>
      title === `${backend.title}, ${precision}` ? worst.toExponential(1) : '',
    );
    lines.push([`products in ${precision}`, ...worstCells]);
  }
  const text = [head, ...lines].map((line) =>
    line
      .map((cell, i) => cell.padEnd(i === 0 ? 24 : 15))
      .join('')
      .trimEnd(),
  );
  process.stdout.write(
    `\nlargest error against float64, relative to the largest value (at least 1)\n${text.join('\n')}\n`,
  );
});

function remember(row: OperationCase, backend: string, error: number): void {
  const known = errors.get(row) ?? new Map<string, number>();
  errors.set(row, known.set(backend, error));
}

function markdown(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
