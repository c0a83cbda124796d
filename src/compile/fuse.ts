// Pass: decides which values one kernel computes. Reductions and products first include element-wise values around
// them. Other element-wise values of one iteration space then form maps. No two kernels may depend on each other.

import { refine, spaceOf } from './space.js';
import { absorbIntoReductions } from './absorb.js';
import { dependencies } from './dependencies.js';
import { activationOf, epilogues, rowAxes, sumsRows } from './epilogue.js';
import { MAX_INPUTS, outsideSources, type Group } from './group.js';
import { identitySource, isView, orderValues, readersOf, sourcesOf, type Value } from './value.js';

/** Number of groups that read a tensor and are considered for another reader of it. */
const SIBLINGS_TRIED = 4;

interface Numbered extends Group {
  readonly number: number;
}

/** Values that enter a map together. */
interface Unit {
  readonly members: Value[];
  readonly space: number[];
}

/**
 * Returns the groups that were not merged into another group.
 * @param local values that should be computed where their only reader is
 */
export function fuse(roots: readonly Value[], local: ReadonlySet<Value>): Group[] {
  const values = orderValues(roots);
  const readers = readersOf(values);
  const absorbed = absorbIntoReductions(values, readers);
  const inReduction = new Set([...absorbed.values()].flatMap(({ members }) => members));
  const { productOf: epilogueOf, slopes } = epilogues(values, readers);
  const inEpilogue = new Set([...slopes.values()].flatMap(({ members }) => members));
  const order = new Map(values.map((value, position) => [value, position]));
  const needs = dependencies(values.length);
  const groups = new Set<Numbered>();
  const groupOf = new Map<Value, Numbered>();
  const readBy = new Map<Value, Numbered[]>();

  /** True if a value waits until its only reader has a group. */
  function isDeferred(value: Value): boolean {
    if (!local.has(value) || inReduction.has(value) || inEpilogue.has(value) || groupOf.has(value)) return false;
    const [reader] = readers.get(value)!;
    const isOfMap = !inReduction.has(reader) && !epilogueOf.has(reader) && !inEpilogue.has(reader);
    return reader.kind === 'elementwise' && isOfMap;
  }

  /** Adds the numbers of the groups that write what a value reads to `numbers`. */
  function writers(value: Value, numbers = new Set<number>()): Set<number> {
    for (const source of sourcesOf(value)) {
      const group = groupOf.get(source);
      if (group !== undefined) numbers.add(group.number);
      else writers(source, numbers);
    }
    return numbers;
  }

  /** True if a value reads a member of a group other than element by element. */
  function reachesInto(value: Value, group: Numbered): boolean {
    return value.readings.some((reading) => {
      if (!isView(reading)) return false;
      const source = reading.value;
      if (groupOf.get(source) === group) return identitySource(reading) === undefined;
      return source.kind === 'concat' && writers(source).has(group.number);
    });
  }

  function open(kind: Group['kind'], members: Value[], space: number[]): void {
    const numbers = new Set<number>();
    for (const member of members) writers(member, numbers);
    const group = { kind, members, space, number: needs.create([...numbers]) };
    groups.add(group);
    for (const member of members) enter(member, group);
  }

  function enter(value: Value, group: Numbered): void {
    groupOf.set(value, group);
    if (group.kind !== 'map') return;
    for (const source of sourcesOf(value)) {
      const readingGroups = readBy.get(source) ?? [];
      if (readingGroups.at(-1) !== group) readingGroups.push(group);
      readBy.set(source, readingGroups);
    }
  }

  /** Returns a value after those that wait for it, and their common space. */
  function unitOf(value: Value): Unit {
    const members: Value[] = [value];
    let space = spaceOf(value.shape);
    for (let i = 0; i < members.length; i++) {
      for (const source of sourcesOf(members[i])) {
        if (!isDeferred(source) || members.includes(source)) continue;
        const refined = refine(space, spaceOf(source.shape));
        if (refined === undefined) {
          enterMap(source);
          continue;
        }
        members.push(source);
        space = refined;
      }
    }
    members.sort((a, b) => order.get(a)! - order.get(b)!);
    return { members, space };
  }

  /** Returns maps that compute an operand of a unit, the newest first, and maps that also read an operand. */
  function candidates({ members }: Unit): { producers: Numbered[]; siblings: Numbered[] } {
    const producers = new Set<Numbered>();
    const siblings = new Set<Numbered>();
    for (const reading of members.flatMap((member) => member.readings)) {
      if (!isView(reading)) continue;
      const source = identitySource(reading);
      const producer = source && groupOf.get(source);
      if (producer?.kind === 'map') producers.add(producer);
      for (const sibling of readBy.get(reading.value)?.slice(-SIBLINGS_TRIED) ?? []) {
        if (groups.has(sibling)) siblings.add(sibling);
      }
    }
    return {
      producers: [...producers].sort((a, b) => b.number - a.number),
      siblings: [...siblings].filter((group) => !producers.has(group)).reverse(),
    };
  }

  function join(unit: Unit, group: Numbered): boolean {
    const space = refine(group.space, unit.space);
    if (space === undefined || unit.members.some((member) => reachesInto(member, group))) return false;
    const direct = new Set<number>();
    for (const member of unit.members) writers(member, direct);
    if (!needs.canAdd(group.number, [...direct])) return false;
    if (outsideSources([...group.members, ...unit.members]).size > MAX_INPUTS) return false;
    needs.add(group.number, [...direct]);
    group.members.push(...unit.members);
    group.space = space;
    for (const member of unit.members) enter(member, group);
    return true;
  }

  function merge(group: Numbered, other: Numbered): void {
    const space = refine(group.space, other.space);
    if (space === undefined) return;
    const members = [...group.members, ...other.members].sort((a, b) => order.get(a)! - order.get(b)!);
    if (outsideSources(members).size > MAX_INPUTS || !needs.canMerge(group.number, other.number)) return;
    if (members.some((member) => reachesInto(member, group) || reachesInto(member, other))) return;
    needs.merge(group.number, other.number);
    group.members = members;
    group.space = space;
    groups.delete(other);
    for (const member of other.members) enter(member, group);
  }

  function enterMap(value: Value): void {
    const unit = unitOf(value);
    const { producers, siblings } = candidates(unit);
    const joined = [...producers, ...siblings].find((group) => join(unit, group));
    if (joined === undefined) open('map', unit.members, unit.space);
    else for (const other of producers) if (other !== joined) merge(joined, other);
  }

  /**
   * Adds a bias sum, an activation or a multiplication by a slope to its product, unless another value comes between.
   */
  function enterEpilogue(value: Value): boolean {
    const product = epilogueOf.get(value);
    const group = product && groupOf.get(product);
    const slope = slopes.get(value)?.members ?? [];
    const direct = [...writers(value)];
    const after = group !== undefined && sourcesOf(value).includes(group.members[group.members.length - 1]);
    if (!after || !needs.canAdd(group.number, direct)) {
      for (const member of slope) {
        inEpilogue.delete(member);
        enterMap(member);
      }
      return false;
    }
    needs.add(group.number, direct);
    for (const member of [...slope, value]) {
      group.members.push(member);
      enter(member, group);
    }
    return true;
  }

  /** Adds the sums of rows to the product that computes them. */
  function enterRowSums(reduction: Value): boolean {
    const result = identitySource(reduction.readings[0]);
    const group = result && groupOf.get(result);
    if (group === undefined || rowAxes(group.members[0]) === 0 || group.rowSums !== undefined) return false;
    const isLast = result === group.members[group.members.length - 1];
    if (!isLast || activationOf(result)?.canSumRows === false) return false;
    if (!sumsRows(reduction, group.members[0], result)) return false;
    group.rowSums = reduction;
    enter(reduction, group);
    return true;
  }

  for (const value of values) {
    if (value.kind === 'leaf' || value.kind === 'concat' || inReduction.has(value) || isDeferred(value)) continue;
    if (inEpilogue.has(value)) continue;
    if (value.kind === 'reduce') {
      const { members, space } = absorbed.get(value)!;
      if (members.length > 0 || !enterRowSums(value)) open('reduce', [...members, value], space);
    } else if (value.kind !== 'elementwise') {
      open(value.kind, [value], []);
    } else if (!groupOf.has(value) && !enterEpilogue(value)) {
      enterMap(value);
    }
  }
  return [...groups];
}
