// From graphs to a plan: fold → share → views → places → fusion → kernels → order → memory → bytes, entry by entry
// over one layout of parameters, data and controls.

import { InputError } from '../errors.js';
import type { Node } from '../graph/index.js';
import { formatShape, sameShape, sizeOf } from '../graph/shapes.js';
import { encodePlan } from './encode.js';
import type { PlannedEntry } from './encode.js';
import { fold } from './fold.js';
import { fuse } from './fuse.js';
import type { Group } from './group.js';
import type { Kernel, Memory } from './kernel.js';
import { operandOf } from './kernel.js';
import { lowerMap, lowerReduce } from './lower-elementwise.js';
import type { NeededOutside } from './lower-elementwise.js';
import { lowerMatmul } from './lower-matmul.js';
import { lowerOpaque } from './lower-opaque.js';
import { planMemory } from './memory-plan.js';
import type { MemoryPlan } from './memory-plan.js';
import { placePieces, placeTarget, wholeBuffer } from './place.js';
import { recompute } from './recompute.js';
import { schedule } from './schedule.js';
import { share } from './share.js';
import { layOut } from './slab-layout.js';
import type { SlabLayout } from './slab-layout.js';
import type { CompileSpec, CompiledEntry, CompiledProgram, EntrySpec } from './spec.js';
import { adamKernel, guardKernel } from './update.js';
import { SLAB, orderValues, readersOf, wholeView } from './value.js';
import type { Buffer, Value, View } from './value.js';
import { resolveViews } from './views.js';

const BYTES = 4;

/** The graphs of an entry, simplified, by what they are for. */
function simplified(entry: EntrySpec): { outputs: Node[]; guard: Node[]; gradients: Node[] } {
  const outputs = Object.values(entry.outputs);
  const guard = entry.guard ?? [];
  const gradients = (entry.update?.parameters ?? []).map(({ gradient }) => gradient);
  const all = share(fold(share([...outputs, ...guard, ...gradients])));
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
      return [lowerOpaque(memory, group)];
  }
}

/** Kernels of all values that the roots need, without an order. */
function kernelsOf(memory: Memory, roots: readonly Value[]): Kernel[] {
  const groups = fuse(roots, recompute(roots));
  const values = orderValues(roots);
  const readers = readersOf(values);
  const stored = new Set(values.filter((value) => value.pinned || value.placement !== undefined));
  const needed: NeededOutside = (value, members) =>
    stored.has(value) || readers.get(value)!.some((reader) => !members.has(reader));
  return groups.flatMap((group) => lower(memory, group, needed));
}

interface EntryPlan {
  readonly planned: PlannedEntry;
  readonly compiled: Omit<CompiledEntry, 'index'>;
  readonly memory: MemoryPlan;
}

function compileEntry(runs: number, name: string, entry: EntrySpec, layout: SlabLayout): EntryPlan {
  const { outputs, guard, gradients } = simplified(entry);
  const views = resolveViews([...outputs, ...guard, ...gradients]);
  const updated = entry.update?.parameters ?? [];

  /** A view in one piece that later kernels leave as it is. */
  function recorded(node: Node): View {
    const view = views.whole(node);
    const changes = view.value.op === 'parameter' && updated.length > 0;
    return changes ? wholeView(views.copied(node)) : view;
  }

  const outputViews = outputs.map(recorded);
  const guardViews = guard.map((node) => views.whole(node));
  for (const view of [...outputViews, ...guardViews]) view.value.pinned = true;
  const gradientValues = updated.map(({ node }, i) =>
    placeTarget({
      reading: views.reading(gradients[i]),
      shape: node.shape,
      label: `grad(${node.label})`,
      placement: layout.gradientPlace(node),
    }),
  );
  const roots = [...[...outputViews, ...guardViews].map((view) => view.value), ...gradientValues];
  placePieces(roots);

  const memory: Memory = {
    runs,
    placeOf(value) {
      value.placement ??=
        value.kind === 'leaf' ? layout.placeOf(value) : wholeBuffer({ slab: SLAB.activations, size: value.size });
      return value.placement;
    },
  };
  const kernels = kernelsOf(memory, roots);
  const pinned = new Set<Buffer>(roots.map((value) => memory.placeOf(value).buffer));
  const ordered = schedule(kernels, pinned);
  const plan = planMemory(ordered, pinned);
  const offsetOf = (buffer: Buffer): number => buffer.offset ?? plan.offsets.get(buffer)!;
  const last: Kernel[] = [];
  if (guardViews.length > 0 || updated.length > 0) last.push(guardKernel(memory, layout, guardViews, gradientValues));
  if (entry.update && updated.length > 0) last.push(adamKernel(runs, layout, entry.update));

  const places: Record<string, { offset: number; shape: readonly number[] }> = {};
  let outputSize = 0;
  const recordedOutputs = Object.entries(entry.outputs).map(([output, { shape }], i) => {
    const { operand } = operandOf(memory, outputViews[i]);
    const count = sizeOf(shape);
    places[output] = { offset: outputSize, shape };
    outputSize += count;
    return { name: output, slab: operand.buffer.slab, offset: offsetOf(operand.buffer) + operand.offset, count };
  });
  return {
    planned: { name, kernels: [...ordered, ...last], outputs: recordedOutputs, offsetOf },
    compiled: { outputs: places, outputSize },
    memory: plan,
  };
}

function checkSpec({ runs, entries }: CompileSpec): void {
  if (!Number.isInteger(runs) || runs < 1) {
    throw new InputError('out-of-range', `[compile] runs must be a whole number of at least 1, got ${runs}`);
  }
  for (const entry of Object.values(entries)) {
    for (const { node, gradient } of entry.update?.parameters ?? []) {
      if (node.op !== 'parameter') {
        throw new InputError(
          'not-a-parameter',
          `[compile] only parameters can be updated, got ${node.op} "${node.label}"`,
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
 * Compiles entries over shared parameters, data and controls, which are identified by name.
 * Throws InputError `name-conflict`, `unknown-rate`, `not-a-parameter`, `shape-mismatch`, `out-of-range`.
 */
export function compile(spec: CompileSpec): CompiledProgram {
  checkSpec(spec);
  const layout = layOut(spec);
  const plans = Object.entries(spec.entries).map(([name, entry]) => compileEntry(spec.runs, name, entry, layout));
  const activations = Math.max(0, ...plans.map(({ memory }) => memory.size));
  const size = layout.parameterSize;
  const slabs = [size, size, 2 * size, layout.dataSize(), layout.controlSize(), activations];
  const [parameters, gradients, moments, data, controls, planned] = slabs.map((elements) => elements * BYTES);
  return {
    plan: encodePlan(
      spec.runs,
      slabs,
      plans.map((plan) => plan.planned),
    ),
    runs: spec.runs,
    entries: Object.fromEntries(plans.map(({ planned: { name }, compiled }, index) => [name, { index, ...compiled }])),
    parameters: layout.parameters,
    data: layout.data,
    controls: layout.controls,
    constants: layout.constants(),
    rates: layout.rates,
    memory: {
      ...{ parameters, gradients, moments, data, controls },
      activations: planned,
      peakActivations: planned,
      lowerBound: Math.max(0, ...plans.map(({ memory }) => memory.lowerBound)) * BYTES,
    },
  };
}
