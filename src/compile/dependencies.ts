// Records which groups of values depend on which other groups while groups grow. Fusion must never make two kernels
// wait for each other.

export interface Dependencies {
  /** Creates a group that depends on the groups `direct` and returns its number, from 0. */
  create(direct: readonly number[]): number;
  /** True if `group` can also depend on `direct` without a cycle. */
  canAdd(group: number, direct: readonly number[]): boolean;
  add(group: number, direct: readonly number[]): void;
  canMerge(a: number, b: number): boolean;
  /** Merges b into a. The number b is invalid afterwards. */
  merge(a: number, b: number): void;
}

/**
 * Creates an empty record of dependencies.
 * @param capacity maximum number of groups
 */
export function dependencies(capacity: number): Dependencies {
  const words = Math.ceil(capacity / 32);
  const needs: Uint32Array[] = [];

  const has = (set: Uint32Array, group: number): boolean => ((set[group >>> 5] >>> (group & 31)) & 1) === 1;
  const insert = (set: Uint32Array, group: number): void => void (set[group >>> 5] |= 1 << (group & 31));
  const remove = (set: Uint32Array, group: number): void => void (set[group >>> 5] &= ~(1 << (group & 31)));
  const unite = (set: Uint32Array, other: Uint32Array): void => {
    for (let word = 0; word < words; word++) set[word] |= other[word];
  };

  /** True if another group lies on a path from `first` to `second`. */
  const isBetween = (first: number, second: number): boolean => {
    for (let middle = 0; middle < needs.length; middle++) {
      if (middle !== first && middle !== second && has(needs[second], middle) && has(needs[middle], first)) return true;
    }
    return false;
  };

  const passOn = (group: number): void => {
    for (const set of needs) if (has(set, group)) unite(set, needs[group]);
  };

  return {
    create(direct) {
      const set = new Uint32Array(words);
      for (const other of direct) {
        unite(set, needs[other]);
        insert(set, other);
      }
      return needs.push(set) - 1;
    },
    canAdd: (group, direct) => direct.every((other) => other === group || !has(needs[other], group)),
    add(group, direct) {
      let grows = false;
      for (const other of direct) {
        if (other === group || has(needs[group], other)) continue;
        unite(needs[group], needs[other]);
        insert(needs[group], other);
        grows = true;
      }
      if (grows) passOn(group);
    },
    canMerge: (a, b) => !isBetween(a, b) && !isBetween(b, a),
    merge(a, b) {
      unite(needs[a], needs[b]);
      for (const set of needs) {
        if (!has(set, b)) continue;
        remove(set, b);
        insert(set, a);
      }
      remove(needs[a], a);
      passOn(a);
      needs[b].fill(0);
    },
  };
}
