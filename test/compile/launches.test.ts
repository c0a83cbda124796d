// Launches of a training step on a GPU (docs/explanation/cuda-backend.md). Mini-batches are whole, and memory is reused
// only if that makes no kernel wait for another. The counts of launches, and of those that wait for each other, need no
// device.

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planned, type Case } from '../../bench/cases.js';
import { compile, decodePlan } from '../../src/compile/index.js';
import type { DecodedEntry, DecodedOperand, DecodedPlan } from '../../src/compile/decode.js';
import { launchesOf } from '../../src/compile/launches.js';
import { stepCounts, type StepCounts } from '../../src/compile/work.js';
import { SLAB } from '../../src/compile/value.js';
import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { Program } from '../../src/runtime/program.js';
import { EMULATED } from '../fixtures/backends.js';
import { buildGraph, choices, lossOf, RUNS } from '../fixtures/random-graphs.js';

const shape = (batch: number, hidden: number, modalities: number, runs: number): Omit<Case, 'jacobian'> => ({
  ...{ batch, hidden, modalities, runs },
});
const SMALL = shape(256, 64, 2, 1);
const RESTARTS = shape(512, 64, 4, 64);
const LARGE = shape(4096, 512, 8, 1);

/** Kernels of CUDA without networks. */
const unfused = new Set([...EMULATED.device.kernels].filter((name) => !name.startsWith('network')));

/**
 * Returns the plan of a training step for the CUDA library.
 * @param backend whose use of memory and tiles the plan has
 */
function stepOf(one: Omit<Case, 'jacobian'>, jacobian: boolean, backend: string, kernels = EMULATED.device.kernels) {
  const { compiled } = planned({ ...one, jacobian }, { backend, kernels });
  const plan = decodePlan(compiled.plan);
  return { compiled, plan, entry: plan.entries.find(({ name }) => name === 'free')! };
}

type Steps = Readonly<Record<string, StepCounts>>;

const reported = (program: Program): Steps => (JSON.parse(program.describe()) as { steps: Steps }).steps;
const counted = ({ entries, runs }: DecodedPlan): Steps =>
  Object.fromEntries(entries.map((entry) => [entry.name, stepCounts(entry, runs)]));

describe('in a training step for a GPU', () => {
  test.each([
    ['256/64/2/1', SMALL, false, 27, 9, 33],
    ['256/64/2/1', SMALL, true, 44, 18, 33],
    ['512/64/4/64', RESTARTS, false, 27, 9, 34],
    ['512/64/4/64', RESTARTS, true, 44, 18, 32],
    ['4096/512/8/1', LARGE, false, 44, 18, 34],
  ] as const)(
    '%s, case %#: the chain of launches is no longer than the data dependencies',
    (_, one, jacobian, launches, depth, onCpu) => {
      const { entry, plan } = stepOf(one, jacobian, 'cuda');
      expect(launchesOf(entry, plan.runs)).toEqual({ launches, depth });
      expect(entry.tiles).toBe(1);
      expect(entry.kernels.map(({ name }) => name)).not.toContain('average');
      const asOnCpu = stepOf(one, jacobian, 'cpu', unfused);
      expect(launchesOf(asOnCpu.entry, plan.runs).depth).toBe(onCpu);
    },
  );

  test('whole batches take less memory than many tiles with separate gradients', () => {
    const bytes = (backend: string): number => {
      const { slabs, runs, entries } = stepOf(LARGE, false, backend).plan;
      const copies = runs * Math.max(...entries.map(({ tiles }) => tiles));
      return 4 * (slabs[SLAB.activations] + copies * slabs[SLAB.block]);
    };
    expect(bytes('cuda')).toBeLessThan(0.7 * bytes('cpu'));
  });

  test('the CUDA library and the compiler count the same', async () => {
    const { compiled, plan } = stepOf(SMALL, true, 'cuda');
    await using program = Program.load(compiled, { device: EMULATED.device });
    expect(reported(program)).toEqual(counted(plan));
    // Tiles, averages and a chain that memory reuse creates.
    const { compiled: tiled, plan: onCpu } = stepOf(shape(512, 8, 2, 2), false, 'cpu');
    await using other = Program.load(tiled, { device: EMULATED.device });
    expect(reported(other)).toEqual(counted(onCpu));
  });
});

test('every kernel first waits for the kernels that it may overlap', () => {
  const folder = fileURLToPath(new URL('../../cuda/', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^(kernels|outputs)/.test(name),
  );
  const firstStatements = files.flatMap((name) => {
    if (!/\.(cu|h)$/.test(name)) return [];
    const kernels = readFileSync(`${folder}${name}`, 'utf8').matchAll(/__global__[^{]*\{\s*(.*)/g);
    return Array.from(kernels, ([, first]) => first);
  });
  expect(firstStatements.length).toBeGreaterThan(30);
  expect(new Set(firstStatements)).toEqual(new Set(['await_predecessors();']));
});

/**
 * Returns for each kernel of the blocks the kernels whose results it needs, directly or indirectly. It tracks which
 * kernel wrote an element last.
 */
function needsOf({ kernels, blockKernels }: DecodedEntry): Set<number>[] {
  const writers = new Map<string, number>();
  const needs: Set<number>[] = [];
  const each = ({ slab, offset, extent }: DecodedOperand, use: (element: string) => void): void => {
    for (let i = offset; i < offset + extent; i++) use(`${slab}:${i}`);
  };
  kernels.slice(0, blockKernels).forEach(({ operands }, at) => {
    const direct = new Set<number>();
    for (const operand of operands) {
      if (operand.written) continue;
      each(operand, (element) => {
        const writer = writers.get(element);
        if (writer !== undefined && !direct.has(writer)) for (const one of [writer, ...needs[writer]]) direct.add(one);
      });
    }
    for (const operand of operands) if (operand.written) each(operand, (element) => writers.set(element, at));
    needs.push(direct);
  });
  return needs;
}

/** Returns pairs of kernels of which one waits only because it writes to memory that the other reads. */
function falseWaits(entry: DecodedEntry): string[] {
  const needs = needsOf(entry);
  const kernels = entry.kernels.slice(0, entry.blockKernels);
  const overwrites = (read: DecodedOperand, written: DecodedOperand): boolean =>
    [read, written].every(({ slab }) => slab === SLAB.block) &&
    !read.written &&
    written.written &&
    read.offset < written.offset + written.extent &&
    written.offset < read.offset + read.extent;
  return kernels.flatMap(({ operands, label }, i) =>
    kernels.slice(0, i).flatMap((before, j) => {
      const collide = before.operands.some((a) => operands.some((b) => overwrites(a, b)));
      return collide && !needs[i].has(j) ? [`${label} for ${before.label}`] : [];
    }),
  );
}

describe('memory for parallel kernels', () => {
  test('makes no kernel of a training step wait for another', () => {
    for (const jacobian of [false, true]) {
      const one = shape(16, 8, 3, 2);
      expect(falseWaits(stepOf(one, jacobian, 'cuda').entry)).toEqual([]);
      expect(falseWaits(stepOf(one, jacobian, 'cpu').entry)).not.toEqual([]);
    }
  });

  test('makes no kernel wait in random graphs either, and the tight plan is available', () => {
    let shallower = 0;
    fc.assert(
      fc.property(choices, (list) => {
        const { parameters, nodes } = buildGraph(list);
        const loss = lossOf(nodes[nodes.length - 1]);
        const gradients = graph.grad(loss, parameters).map((node, i): [string, Node] => [`gradient ${i}`, node]);
        const entries = { main: { outputs: { loss, ...Object.fromEntries(gradients) } } };
        const [tight, parallel] = (['tight', 'parallel'] as const).map((memory) => {
          const compiled = compile({ runs: RUNS, memory, entries });
          const [entry] = decodePlan(compiled.plan).entries;
          return { compiled, entry, ...launchesOf(entry, RUNS) };
        });
        const names = [parallel, tight].map(({ entry }) => entry.kernels.map(({ name }) => name).sort());
        expect(names[0]).toEqual(names[1]);
        expect(falseWaits(parallel.entry)).toEqual([]);
        expect(parallel.compiled.memory.planned).toBeGreaterThanOrEqual(tight.compiled.memory.lowerBound);
        expect(parallel.depth).toBeLessThanOrEqual(tight.depth);
        expect(parallel.compiled.tightPlan?.()).toEqual(tight.compiled.plan);
        expect(tight.compiled.tightPlan).toBeUndefined();
        if (parallel.depth < tight.depth) shallower += 1;
      }),
      { numRuns: 60, seed: 3 },
    );
    expect(shallower).toBeGreaterThan(0);
  });

  test('does not change results', async () => {
    const results: Float32Array[] = [];
    const { kernels } = EMULATED.device;
    // The targets differ only in the use of memory.
    for (const backend of ['cuda', 'webgpu']) {
      const { compiled, initial: parameters } = planned(
        { ...shape(32, 8, 2, 2), jacobian: true },
        { backend, kernels },
      );
      await using program = Program.load(compiled, { device: EMULATED.device });
      for (const [name, initial] of parameters) {
        if (name in compiled.parameters) program.set('parameters', name, initial);
      }
      program.set('controls', 'rates', Float32Array.of(1e-2, 1e-2, 0));
      await program.run('free', { steps: 3 });
      results.push(await program.download('parameters'));
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0].some((value) => value !== 0)).toBe(true);
  });
});
