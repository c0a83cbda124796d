// Every operation, its gradient and its second derivatives on every native backend against the float64 reference;
// matrix products also in the precisions of tensor cores. The largest errors are printed per operation and written per
// row to build/reports/operations.md.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { compile } from '../src/compile/index.js';
import { operations, parameter } from '../src/graph/index.js';
import { evaluate } from '../src/graph/reference.js';
import { BACKENDS, ROUNDED } from './backends.js';
import { PlanRun } from './plan-run.js';
import { relativeError } from './numbers.js';
import {
  operationCases,
  operationEntry,
  roundingTolerances,
  singleTolerance,
  type OperationCase,
} from './operation-cases/index.js';

const TABLE = join(import.meta.dirname, '../build/reports/operations.md');

/** By row, per backend. */
const errors = new Map<OperationCase, Map<string, number>>();

/** Of the entry of a row, once for all backends. */
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
      const found = Object.keys(outputs).map((name, i): [string, number] => [
        name,
        relativeError(actual[name], expected[i]),
      ]);
      remember(row, backend, Math.max(...found.map(([, error]) => error)));
      for (const [name, error] of found) {
        expect([name, error < singleTolerance(row) ? 'equal' : error]).toEqual([name, 'equal']);
      }
      expect(await run.strayWrites('main')).toEqual([]);
    } finally {
      await run.dispose();
    }
  });
});

describe.each(BACKENDS)('NaN and infinity go on $title where they go in the reference', ({ device, load }) => {
  const rows = titled.filter(([, row]) => row.passesNotFinite);
  test.each(rows)('%s', async (_, row) => {
    const { outputs: all, parameters } = operationEntry(row);
    const { value } = all;
    // The table's own program, whose shaders are compiled already; elsewhere no more than is looked at.
    const outputs = device.backend === 'webgpu' ? all : { value };
    const compiled = compile({ runs: 1, kernels: device.kernels, entries: { main: { outputs } } });
    const run = new PlanRun(compiled, { device, load });
    try {
      for (const special of [NaN, -Infinity]) {
        const given = { ...parameters, p0: parameters['p0'].map((value, i) => (i === 0 ? special : value)) };
        run.feed({ parameters: given });
        const [expected] = evaluate([value], { parameters: given });
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

/** Those that a backend may lack, with their operations. */
const optional = [...operations.values()].flatMap((operation) =>
  operation.lowering.kind === 'opaque' && operation.expand !== undefined
    ? [{ name: operation.name, kernel: operation.lowering.kernel }]
    : [],
);

describe.each(BACKENDS)(
  '$title says which of the kernels it has that operations can do without',
  ({ device, load }) => {
    test.each(optional)('$kernel', async ({ name, kernel }) => {
      const { shapes, build } = operationCases.find(({ op }) => op === name)!;
      const value = build(...shapes.map((shape, i) => parameter(`p${i}`, shape)));
      const compiled = compile({ runs: 1, kernels: new Set([kernel]), entries: { main: { outputs: { value } } } });
      const started = (): PlanRun => new PlanRun(compiled, { device, load });
      if (device.kernels.has(kernel)) await started().dispose();
      else expect(started).toThrow(expect.objectContaining({ code: 'unknown-kernel' }));
    });
  },
);

describe.each(ROUNDED)('on $title', ({ title: backend, device, unit }) => {
  test.each(titled.filter(([, { op }]) => op === 'matmul'))(
    '%s is off by the rounding of its factors',
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
        const found = Object.keys(outputs).map((name, i) => {
          const shares = Array.from(expected[i], (value, j) => Math.abs(actual[name][j] - value) / tolerances[i][j]);
          return { name, error: relativeError(actual[name], expected[i]), share: Math.max(...shares) };
        });
        const worst = Math.max(...found.map(({ error }) => error));
        remember(row, backend, worst);
        for (const { name, share } of found) expect([name, share < 1 ? 'within' : share]).toEqual([name, 'within']);
        // It was rounded, and not to more bits.
        expect(worst).toBeGreaterThan(unit / 1000);
        // Nearly float32: the tolerance of single precision would let more pass.
        if (unit < singleTolerance(row)) expect(worst).toBeLessThan(8 * unit);
        expect(await run.strayWrites('main')).toEqual([]);
      } finally {
        await run.dispose();
      }
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
    const own = BACKENDS.map((backend) => (title === `${backend.title}, ${precision}` ? worst.toExponential(1) : ''));
    lines.push([`matmul in ${precision}`, ...own]);
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
