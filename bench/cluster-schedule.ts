// Who does what when, of a fit that machines share: the list scheduler that workers are, who take what is open.

import { rangesOf } from '../src/training/part-of-runs.js';

/** A part of a fit. */
export interface PlannedPart {
  readonly name: string;
  readonly runs: number;
  readonly epochs: number;
  /** Seconds of an epoch with so many runs: its steps, and the validation, which every rank does. */
  readonly epoch: (runs: number) => { readonly steps: number; readonly validation: number };
  /** Bytes of a run in its shard's file. */
  readonly bytes: number;
  /** Steps of an epoch, tiles of each, and bytes of a tile's gradients of a run. */
  readonly steps: number;
  readonly tiles: number;
  readonly gradients: number;
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

/** Between machines that train together. */
export interface Network {
  /** To one machine from all others. */
  readonly bytesPerSecond: number;
  readonly secondsPerStep: number;
}

export interface Span {
  readonly fit: string;
  readonly part: string;
  readonly shards: number;
  readonly seconds: number;
}

export interface Schedule {
  readonly machines: number;
  /** Machines that train the same runs together. */
  readonly together: number;
  readonly seconds: number;
  /** Share of the machines' time that is training. */
  readonly busy: number;
  readonly written: number;
  readonly read: number;
  /** Bytes that all machines have received of each other's gradients. */
  readonly gathered: number;
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

interface Cluster {
  readonly machines: number;
  readonly together: number;
  readonly disk: Disk;
  readonly network: Network;
}

/** An epoch of a shard on a team: seconds, and bytes that each of its machines receives. */
function epochOnTeam(part: PlannedPart, runs: number, team: number, network: Network) {
  const { steps, validation } = part.epoch(runs);
  if (team === 1) return { seconds: steps + validation, received: 0 };
  const most = Math.ceil(part.tiles / team);
  const received = part.steps * runs * (part.tiles - most) * part.gradients;
  const told = received / network.bytesPerSecond + part.steps * network.secondsPerStep;
  return { seconds: (steps * most) / part.tiles + validation + told, received };
}

/** Fits do not wait for each other, parts of one do. With teams, fits do: all ranks of one are at the same. */
export function schedule(fits: readonly PlannedFit[], { machines, together, disk, network }: Cluster): Schedule {
  const free = new Array<number>(machines).fill(0);
  let gathered = 0;
  const states = fits.map((fit) => ({ fit, next: 0, ready: 0 }));
  const spans: Span[] = [];
  let [trained, written, read] = [0, 0, 0];
  for (;;) {
    const open = states.filter(({ fit, next }) => next < fit.parts.length);
    const state = together > 1 ? open.at(0) : open.sort((a, b) => a.ready - b.ready).at(0);
    if (state === undefined) break;
    if (together > 1) state.ready = Math.max(state.ready, ...free);
    const part = state.fit.parts[state.next];
    const { name, runs, epochs, bytes, tiles } = part;
    const team = tiles > 1 ? together : 1;
    const shards = runsOfShards(runs, machines / team);
    let end = 0;
    for (const count of shards) {
      free.sort((a, b) => a - b);
      const { seconds, received } = epochOnTeam(part, count, team, network);
      trained += epochs * seconds * team;
      gathered += epochs * received * team;
      const until = Math.max(free[team - 1], state.ready) + epochs * seconds;
      free.fill(until, 0, team);
      end = Math.max(end, until);
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
  return { machines, together, seconds, busy: trained / (machines * seconds), written, read, gathered, spans };
}
