// Pass: which values are computed by one kernel. Reductions and matmuls take in element-wise values around them first;
// then element-wise values of one iteration space gather in maps, as long as no two kernels come to need each other.

import { refine, spaceOf } from './access.js';
import { absorbIntoReductions } from './absorb.js';
import { dependencies } from './dependencies.js';
import { matmulEpilogues } from './epilogue.js';
import { MOST_INPUTS, outsideSources } from './group.js';
import type { Group } from './group.js';
import { identitySource, isView, orderValues, readersOf, sourcesOf } from './value.js';
import type { Value } from './value.js';

/** How many of the groups that read a tensor are considered for another reader of it. */
const SIBLINGS_TRIED = 4;

interface Numbered extends Group {
  readonly number: number;
}

/** Groups in an order in which each comes after those it needs when they were formed; merged ones are left out. */
export function fuse(roots: readonly Value[]): Group[] {
  const values = orderValues(roots);
  const readers = readersOf(values);
  const absorbed = absorbIntoReductions(values, readers);
  const inReduction = new Set([...absorbed.values()].flatMap(({ members }) => members));
  const epilogueOf = matmulEpilogues(values, readers);
  const order = new Map(values.map((value, position) => [value, position]));
  const needs = dependencies(values.length);
  const groups = new Set<Numbered>();
  const groupOf = new Map<Value, Numbered>();
  const readBy = new Map<Value, Numbered[]>();

  /** Numbers of the groups that write what a value reads. */
  function writers(value: Value, found = new Set<number>()): number[] {
    for (const source of sourcesOf(value)) {
      const group = groupOf.get(source);
      if (group !== undefined) found.add(group.number);
      else if (source.kind === 'concat' || inReduction.has(source)) writers(source, found);
    }
    return [...found];
  }

  /** Whether a value reads something of a group in another way than element by element. */
  function reachesInto(value: Value, group: Numbered): boolean {
    return value.readings.some((reading) => {
      if (!isView(reading)) return false;
      const source = reading.value;
      if (groupOf.get(source) === group) return identitySource(reading) === undefined;
      return source.kind === 'concat' && writers(source).includes(group.number);
    });
  }

  function open(kind: Group['kind'], members: Value[], space: number[]): void {
    const number = needs.create(writers(members[members.length - 1]));
    const group = { kind, members, space, number };
    groups.add(group);
    for (const member of members) enter(member, group);
  }

  function enter(value: Value, group: Numbered): void {
    groupOf.set(value, group);
    if (group.kind !== 'map') return;
    for (const source of sourcesOf(value)) {
      const readers = readBy.get(source) ?? [];
      if (readers.at(-1) !== group) readers.push(group);
      readBy.set(source, readers);
    }
  }

  /** Maps that compute an operand of a value, the newest first, then maps that read an operand too. */
  function candidates(value: Value): Numbered[] {
    const producers = new Set<Numbered>();
    const siblings = new Set<Numbered>();
    for (const reading of value.readings) {
      if (!isView(reading)) continue;
      const producer = groupOf.get(identitySource(reading) ?? value);
      if (producer?.kind === 'map') producers.add(producer);
      for (const sibling of readBy.get(reading.value)?.slice(-SIBLINGS_TRIED) ?? []) {
        if (groups.has(sibling)) siblings.add(sibling);
      }
    }
    const newest = [...producers].sort((a, b) => b.number - a.number);
    return [...newest, ...[...siblings].filter((group) => !producers.has(group)).reverse()];
  }

  function join(value: Value, group: Numbered): boolean {
    const space = refine(group.space, spaceOf(value.shape));
    if (space === undefined) return false;
    const direct = writers(value);
    if (outsideSources([...group.members, value]).size > MOST_INPUTS || !needs.canAdd(group.number, direct))
      return false;
    needs.add(group.number, direct);
    group.members.push(value);
    group.space = space;
    enter(value, group);
    return true;
  }

  function merge(group: Numbered, other: Numbered): void {
    const space = refine(group.space, other.space);
    if (space === undefined) return;
    const members = [...group.members, ...other.members].sort((a, b) => order.get(a)! - order.get(b)!);
    if (outsideSources(members).size > MOST_INPUTS || !needs.canMerge(group.number, other.number)) return;
    if (members.some((member) => reachesInto(member, group) || reachesInto(member, other))) return;
    needs.merge(group.number, other.number);
    group.members = members;
    group.space = space;
    groups.delete(other);
    for (const member of other.members) enter(member, group);
  }

  for (const value of values) {
    if (value.kind === 'leaf' || value.kind === 'concat' || inReduction.has(value)) continue;
    if (value.kind === 'reduce') {
      const { members, space } = absorbed.get(value)!;
      open('reduce', [...members, value], space);
    } else if (value.kind !== 'elementwise') {
      open(value.kind, [value], []);
    } else {
      const product = epilogueOf.get(value);
      const target = product && groupOf.get(product);
      const direct = writers(value);
      const follows = target !== undefined && sourcesOf(value).includes(target.members[target.members.length - 1]);
      if (follows && needs.canAdd(target.number, direct)) {
        needs.add(target.number, direct);
        target.members.push(value);
        enter(value, target);
        continue;
      }
      const options = candidates(value);
      const joined = options.find((group) => join(value, group));
      if (joined === undefined) open('map', [value], spaceOf(value.shape));
      else for (const other of options) if (other !== joined && isProducer(other, value)) merge(joined, other);
    }
  }

  function isProducer(group: Numbered, value: Value): boolean {
    return sourcesOf(value).some((source) => groupOf.get(source) === group);
  }

  return [...groups];
}
