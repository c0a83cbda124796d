// Compiles graphs to a plan: expand → fold → share → one run → views → places → fusion → kernels → networks → order →
// sharing → memory → bytes. Entries are compiled in sequence over one layout of parameters, data and controls.

import { InputError, InternalError } from '../errors/errors.js';
import { rows, type Node } from '../graph/index.js';
import { formatShape, sameShape, sizeOf } from '../graph/shapes.js';
import { encodePlan, type PlannedEntry } from './encode.js';
import { isConvolution } from './epilogue.js';
import { expand } from './expand.js';
import { fold } from './fold.js';
import { fuse } from './fuse.js';
import type { Group } from './group.js';
import type { Kernel, Memory } from './kernel.js';
import { ProgramCache } from './program-cache.js';
import { lowerMap, lowerReduce, type NeededOutside } from './lower-elementwise.js';
import { lowerMatmul } from './lower-matmul.js';
import { lowerConvolution } from './lower-convolution.js';
import { lowerOpaque } from './lower-opaque.js';
import { earliestFirst } from './order.js';
import { planMemory, type MemoryPlan } from './memory-plan.js';
import { joinMixtures } from './mixtures.js';
import { fuseNetworks } from './networks.js';
import { RUN_STRIDE, oneRun } from './one-run.js';
import { placePieces, placeTarget, wholeBuffer } from './place.js';
import { recompute } from './recompute.js';
import { resultsOf } from './results.js';
import { schedule } from './schedule.js';
import { share } from './share.js';
import { shareResults } from './shared-results.js';
import { layOut, type SlabLayout } from './slab-layout.js';
import type { CompileSpec, CompiledEntry, CompiledProgram, EntrySpec } from './spec.js';
import { adamKernel, guardKernel, type SlabRange } from './update.js';
import {
  SLAB,
  identitySource,
  orderValues,
  readersOf,
  sourcesOf,
  type Buffer,
  type Value,
  type View,
} from './value.js';
import { resolveViews } from './views.js';

const BYTES = 4;
/** A program of two tables takes about 50 kB. */
const cache = new ProgramCache(2 ** 24);
const NONE: ReadonlySet<string> = new Set();

/** Returns the simplified graphs of an entry by purpose. */
function simplified(
  entry: EntrySpec,
  kernels: ReadonlySet<string>,
): { outputs: Node[]; guard: Node[]; gradients: Node[] } {
  const outputs = Object.values(entry.outputs);
  const guard = entry.guard ?? [];
  const gradients = (entry.update?.parameters ?? []).map(({ gradient }) => gradient);
  const all = share(fold(share(expand([...outputs, ...guard, ...gradients], kernels))));
  return {
    outputs: all.slice(0, outputs.length),
    guard: all.slice(outputs.length, outputs.length + guard.length),
    gradients: all.slice(outputs.length + guard.length),
  };
}

function lower(memory: Memory, group: Group, needed: NeededOutside): Kernel[] {
  switch (group.kind) {
    case 'map':
      return lowerMap(memory, group, needed);
    case 'reduce':
      return lowerReduce(memory, group, needed);
    case 'matmul':
      return [lowerMatmul(memory, group)];
    case 'opaque':
      return [isConvolution(group.members[0]) ? lowerConvolution(memory, group) : lowerOpaque(memory, group)];
  }
}

/** Returns the kernels of all values that the roots need, in no particular order. */
function kernelsOf(memory: Memory, roots: readonly Value[]): Kernel[] {
  const groups = fuse(roots, recompute(roots));
  const values = orderValues(roots);
  const readers = readersOf(values);
  const stored = new Set(values.filter((value) => value.pinned || value.placement !== undefined));
  const needed: NeededOutside = (value, members) =>
    stored.has(value) || readers.get(value)!.some((reader) => !members.has(reader));
  const kernels = groups.flatMap((group) => lower(memory, group, needed));
  checkWritten(kernels);
  return kernels;
}

/** Throws if a kernel reads a value that no kernel writes: it would read undefined memory. */
function checkWritten(kernels: readonly Kernel[]): void {
  const written = new Set(kernels.flatMap(({ writes }) => writes));
  const check = (value: Value): void => {
    if (value.kind === 'leaf' || written.has(value)) return;
    if (value.kind !== 'concat') {
      throw new InternalError('not-written', `[compile] no kernel writes "${value.label}"; please report this`);
    }
    sourcesOf(value).forEach(check);
  };
  for (const { reads } of kernels) reads.forEach(check);
}

interface EntryPlan {
  readonly planned: PlannedEntry;
  readonly compiled: Omit<CompiledEntry, 'index'>;
  readonly memory: MemoryPlan;
  /** Elements of the activations slab. `block` counts those of the block slab. */
  readonly activations: number;
  readonly block: number;
}

/** True if the view reads all elements of its value, in order. */
const isWhole = (view: View): boolean => identitySource(view) !== undefined;

function compileEntry(
  { runs, kernels = NONE, memory: use }: CompileSpec,
  name: string,
  entry: EntrySpec,
  layout: SlabLayout,
): EntryPlan {
  const whole = simplified(entry, kernels);
  const tiles = entry.tiles ?? 1;
  const outputCount = whole.outputs.length;
  const guardEnd = outputCount + whole.guard.length;
  const all = [...whole.outputs, ...whole.guard, ...whole.gradients];
  // Each run is a separate block, unless an operation mixes runs. Then one block contains all runs.
  const cut = oneRun(all, runs);
  const mixing = 'mixes' in cut ? cut.mixes : whole.gradients.find((node) => runs > 1 && cut.nodes.includes(node));
  if (mixing !== undefined && tiles > 1) {
    const what = `${mixing.operation.name} "${mixing.label}" mixes runs`;
    throw new InputError('mixed-runs', `[compile] entry "${name}" cannot run in ${tiles} tiles: ${what}`);
  }
  const isCut = mixing === undefined;
  const nodes = isCut && 'nodes' in cut ? cut.nodes : all;
  const blockRuns = isCut ? runs : 1;
  const views = resolveViews(nodes);
  const updated = entry.update?.parameters ?? [];

  /** Returns a contiguous value that later kernels do not change. It has a slice per run if the graph has one. */
  function recorded(node: Node, i: number): Value {
    const view = views.whole(node);
    const { kind, node: source, size } = view.value;
    const changes = source?.operation === rows.parameter && updated.length > 0;
    const isShared = kind === 'leaf' && !(RUN_STRIDE in source!.attributes);
    const lacksRuns = isShared && sizeOf(all[i].shape) > size;
    return changes || lacksRuns || !isWhole(view) ? views.copied(node) : view.value;
  }

  const recordedValues = nodes.slice(0, guardEnd).map(recorded);
  for (const value of recordedValues) value.pinned = true;
  const results = resultsOf(recordedValues, layout, { runs: blockRuns, tiles, trains: updated.length > 0 });
  const gradientValues = updated.map(({ node }, i) => {
    const shape = nodes[guardEnd + i].shape;
    return placeTarget({
      reading: views.reading(nodes[guardEnd + i]),
      shape,
      label: `grad(${node.label})`,
      placement: results.gradientPlace(layout.gradientOffset(node), sizeOf(shape)),
    });
  });
  for (const value of recordedValues) results.keep(value);
  const roots = [...recordedValues, ...gradientValues];
  const slab = isCut ? SLAB.block : SLAB.activations;
  placePieces(roots, slab);

  const memory: Memory = {
    runs: isCut ? 1 : runs,
    tiles,
    placeOf(value) {
      value.placement ??= value.kind === 'leaf' ? layout.placeOf(value) : wholeBuffer({ slab, size: value.size });
      return value.placement;
    },
  };
  const inOrder = schedule(joinMixtures(fuseNetworks(kernelsOf(memory, roots), kernels), kernels));
  const scheduled = use === 'parallel' ? earliestFirst(inOrder) : inOrder;
  const sharing = use === 'parallel' && isCut && runs > 1 && tiles === 1;
  const { kernels: ordered, size: sharedSize } = sharing
    ? shareResults(scheduled, results.size)
    : { kernels: scheduled, size: 0 };
  const plan = planMemory(ordered, use);
  const base = isCut ? 0 : results.size;
  const offsetOf = (buffer: Buffer): number => buffer.offset ?? base + plan.offsets.get(buffer)!;

  /** Returns the range of all runs of a recorded tensor or gradient after the blocks. */
  function rangeOf(value: Value): SlabRange {
    const { buffer } = memory.placeOf(value);
    const hasRuns = isCut ? value.kind !== 'leaf' || buffer.runStride === value.size : value.shape[0] === runs;
    const perRun = isCut ? value.size : value.size / runs;
    return {
      ...results.locationOf(buffer),
      extent: hasRuns ? runs * perRun : value.size,
      runStride: hasRuns ? perRun : 0,
    };
  }

  const guarded = [...recordedValues.slice(outputCount), ...gradientValues].map(rangeOf);
  const finalKernels = results.averages();
  if (guarded.length > 0) finalKernels.push(guardKernel(runs, layout, guarded));
  if (entry.update && updated.length > 0) finalKernels.push(adamKernel(runs, layout, entry.update));

  const places: Record<string, { offset: number; shape: readonly number[] }> = {};
  let outputSize = 0;
  const outputs = Object.entries(entry.outputs).map(([output, { shape }], i) => {
    const count = sizeOf(shape);
    places[output] = { offset: outputSize, shape };
    outputSize += count;
    return { name: output, ...results.locationOf(memory.placeOf(recordedValues[i]).buffer), count };
  });
  const blockKernels = isCut ? ordered.length : 0;
  return {
    planned: { name, tiles, blockKernels, kernels: [...ordered, ...finalKernels], outputs, offsetOf },
    compiled: { outputs: places, outputSize, tiles },
    memory: plan,
    activations: results.size + sharedSize + (isCut ? 0 : plan.size),
    block: isCut ? plan.size : 0,
  };
}

function checkSpec({ runs, entries }: CompileSpec): void {
  if (!Number.isInteger(runs) || runs < 1) {
    throw new InputError('out-of-range', `[compile] runs must be a whole number of at least 1, got ${runs}`);
  }
  for (const entry of Object.values(entries)) {
    const tiles = entry.tiles ?? 1;
    if (!Number.isInteger(tiles) || tiles < 1) {
      throw new InputError('out-of-range', `[compile] tiles must be a whole number of at least 1, got ${tiles}`);
    }
    for (const { node, gradient } of entry.update?.parameters ?? []) {
      if (node.operation !== rows.parameter) {
        throw new InputError(
          'not-a-parameter',
          `[compile] only parameters can be updated, got ${node.operation.name} "${node.label}"`,
        );
      }
      if (!sameShape(node.shape, gradient.shape)) {
        const shapes = `${formatShape(gradient.shape)} for ${formatShape(node.shape)}`;
        throw new InputError('shape-mismatch', `[compile] the gradient of "${node.label}" has shape ${shapes}`);
      }
    }
  }
}

/**
 * Compiles entries over shared parameters, data and controls, which are identified by name. Returns a cached program if
 * an equal one was compiled recently.
 * @throws InputError `name-conflict`, `unknown-rate`, `not-a-parameter`, `shape-mismatch`, `out-of-range`, `mixed-runs`
 */
export function compile(spec: CompileSpec): CompiledProgram {
  checkSpec(spec);
  return cache.get(spec, () => compileUncached(spec));
}

function compileUncached(spec: CompileSpec): CompiledProgram {
  const layout = layOut(spec);
  const plans = Object.entries(spec.entries).map(([name, entry]) => compileEntry(spec, name, entry, layout));
  const activations = Math.max(0, ...plans.map((plan) => plan.activations));
  const block = Math.max(0, ...plans.map((plan) => plan.block));
  const size = layout.parameterSize;
  const slabs = [size, size, 2 * size, layout.dataSize(), layout.controlSize(), activations, block];
  const [parameters, gradients, moments, data, controls] = slabs.map((elements) => elements * BYTES);
  const [planned, lowerBound] = (['size', 'lowerBound'] as const).map((what) =>
    Math.max(0, ...plans.map(({ memory }) => memory[what])),
  );
  return {
    plan: encodePlan(
      spec.runs,
      slabs,
      plans.map((plan) => plan.planned),
    ),
    ...(spec.memory === 'parallel' && { tightPlan: () => compile({ ...spec, memory: 'tight' }).plan }),
    runs: spec.runs,
    entries: Object.fromEntries(plans.map(({ planned: { name }, compiled }, index) => [name, { index, ...compiled }])),
    parameters: layout.parameters,
    data: layout.data,
    controls: layout.controls,
    constants: layout.constants(),
    rates: layout.rates,
    memory: {
      parameters,
      gradients,
      moments,
      data,
      controls,
      activations: (activations + block) * BYTES,
      planned: planned * BYTES,
      lowerBound: lowerBound * BYTES,
    },
  };
}
