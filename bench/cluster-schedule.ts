// Who does what when, of a fit that machines share: the list scheduler that workers are, who take what is open.

import { rangesOf } from '../src/training/part-of-runs.js';

/** A part of a fit. */
export interface PlannedPart {
  readonly name: string;
  readonly runs: number;
  readonly epochs: number;
  /** Seconds of an epoch with so many runs. */
  readonly epoch: (runs: number) => number;
  /** Bytes of a run in its shard's file. */
  readonly bytes: number;
}

export interface PlannedFit {
  readonly name: string;
  readonly parts: readonly PlannedPart[];
  /** Seconds that every worker takes between two parts. */
  readonly between: number;
}

/** Of the disk that all machines see. */
export interface Disk {
  /** For all machines together. */
  readonly bytesPerSecond: number;
  readonly secondsPerFile: number;
}

export interface Span {
  readonly fit: string;
  readonly part: string;
  readonly shards: number;
  readonly seconds: number;
}

export interface Schedule {
  readonly machines: number;
  readonly seconds: number;
  /** Share of the machines' time that is training. */
  readonly busy: number;
  readonly written: number;
  readonly read: number;
  /** From the moment that a part could begin to its last shard. */
  readonly spans: readonly Span[];
}

/** Runs of each shard. */
export function runsOfShards(runs: number, machines: number): number[] {
  return rangesOf({ runs, compiledFor: unused }, machines).map(({ count }) => count);
}

const unused = (): never => {
  throw new Error('only counted');
};

/** Fits do not wait for each other, parts of one do. */
export function schedule(fits: readonly PlannedFit[], machines: number, disk: Disk): Schedule {
  const free = new Array<number>(machines).fill(0);
  const states = fits.map((fit) => ({ fit, next: 0, ready: 0 }));
  const spans: Span[] = [];
  let [trained, written, read] = [0, 0, 0];
  for (;;) {
    const state = states
      .filter(({ fit, next }) => next < fit.parts.length)
      .sort((a, b) => a.ready - b.ready)
      .at(0);
    if (state === undefined) break;
    const { name, runs, epochs, epoch, bytes } = state.fit.parts[state.next];
    const shards = runsOfShards(runs, machines);
    let end = 0;
    for (const count of shards) {
      free.sort((a, b) => a - b);
      const seconds = epochs * epoch(count);
      trained += seconds;
      free[0] = Math.max(free[0], state.ready) + seconds;
      end = Math.max(end, free[0]);
    }
    spans.push({ fit: state.fit.name, part: name, shards: shards.length, seconds: end - state.ready });
    // Every worker reads all shards.
    const moved = runs * bytes * (1 + machines);
    written += runs * bytes;
    read += machines * runs * bytes;
    state.ready = end + moved / disk.bytesPerSecond + shards.length * disk.secondsPerFile + state.fit.between;
    state.next++;
  }
  const seconds = Math.max(...states.map(({ ready }) => ready));
  return { machines, seconds, busy: trained / (machines * seconds), written, read, spans };
}
