// Simulates how workers on several machines share a fit: each idle worker takes the next open shard (list scheduling).

import { rangesOf } from '../src/training/stage-of-restarts.js';

/** A stage of a fit. */
export interface PlannedStage {
  readonly name: string;
  readonly runs: number;
  readonly epochs: number;
  /** Returns the seconds of an epoch with some runs: of its steps, and of the validation, which every rank computes. */
  readonly epoch: (runs: number) => { readonly steps: number; readonly validation: number };
  /** Bytes of a run in its shard's file. */
  readonly bytes: number;
  /** Number of steps of an epoch. */
  readonly steps: number;
  /** Number of tiles of a step. */
  readonly tiles: number;
  /** Bytes of a tile's gradients of one run. */
  readonly gradients: number;
}

export interface PlannedFit {
  readonly name: string;
  readonly stages: readonly PlannedStage[];
  /** Seconds that every worker computes between two stages. */
  readonly between: number;
}

/** The disk that all machines share. */
export interface Disk {
  /** Rate for all machines together. */
  readonly bytesPerSecond: number;
  readonly secondsPerFile: number;
}

/** The network between machines of a process group. */
export interface Network {
  /** Rate at which one machine receives data. */
  readonly bytesPerSecond: number;
  readonly secondsPerStep: number;
}

export interface Span {
  readonly fit: string;
  readonly stage: string;
  readonly shards: number;
  readonly seconds: number;
}

export interface Schedule {
  readonly machines: number;
  /** Number of machines of a process group, which train the same runs together. */
  readonly together: number;
  readonly seconds: number;
  /** Share of the machines' time that is training. */
  readonly busy: number;
  /** Bytes written to the disk. */
  readonly written: number;
  /** Bytes read from the disk. */
  readonly read: number;
  /** Bytes of gradients that all machines received from each other. */
  readonly gathered: number;
  /** A span for each stage, from the moment that it could begin to the end of its last shard. */
  readonly spans: readonly Span[];
}

/** Returns the number of runs of each shard. */
export function runsOfShards(runs: number, machines: number): number[] {
  return rangesOf(runs, machines).map(({ count }) => count);
}

interface Cluster {
  readonly machines: number;
  readonly together: number;
  readonly disk: Disk;
  readonly network: Network;
}

/** Returns the seconds of an epoch of a shard on a process group, and the bytes that each machine receives. */
function epochOfGroup(stage: PlannedStage, runs: number, group: number, network: Network) {
  const { steps, validation } = stage.epoch(runs);
  if (group === 1) return { seconds: steps + validation, received: 0 };
  const maxTiles = Math.ceil(stage.tiles / group);
  const received = stage.steps * runs * (stage.tiles - maxTiles) * stage.gradients;
  const messages = received / network.bytesPerSecond + stage.steps * network.secondsPerStep;
  return { seconds: (steps * maxTiles) / stage.tiles + validation + messages, received };
}

/** Machines that train together, or a single machine. */
interface ProcessGroup {
  /** Time at which each machine is free. */
  readonly free: number[];
  /** Fits in the order in which the group trains them. Groups start with different fits. */
  readonly fits: FitState[];
}

/** Progress of a fit. */
interface FitState {
  readonly fit: PlannedFit;
  stage: number;
  /** Runs of the shards that no worker has taken. */
  open: number[];
  /** Time at which the stage may begin. */
  ready: number;
  /** Time at which the last shard that was taken ends. */
  end: number;
}

/**
 * Schedules fits on a cluster. Fits do not wait for each other; stages of a fit do. A single machine takes open shards
 * of any fit. A process group trains its fits in sequence, because all of its ranks must train the same one.
 */
export function schedule(planned: readonly PlannedFit[], { machines, together, disk, network }: Cluster): Schedule {
  const groupSizeOf = ({ tiles }: PlannedStage): number => (tiles > 1 ? together : 1);
  const shardsOf = (stage: PlannedStage): number[] => runsOfShards(stage.runs, machines / groupSizeOf(stage));
  const fits = planned.map((fit): FitState => ({ fit, stage: 0, open: shardsOf(fit.stages[0]), ready: 0, end: 0 }));
  const groups = Array.from({ length: machines / together }, (_, group): ProcessGroup => {
    const first = together > 1 ? group % fits.length : 0;
    return { free: new Array<number>(together).fill(0), fits: [...fits.slice(first), ...fits.slice(0, first)] };
  });
  const isDone = ({ fit, stage }: FitState): boolean => stage === fit.stages.length;
  const spans: Span[] = [];
  let [trained, written, read, gathered] = [0, 0, 0, 0];

  /** Returns the shards that a group could take next. A group of several machines considers only its current fit. */
  const choices = (group: ProcessGroup) => {
    const open = group.fits.filter((state) => !isDone(state)).slice(0, together > 1 ? 1 : undefined);
    return open.map((state) => {
      const size = groupSizeOf(state.fit.stages[state.stage]);
      const from = Math.max(state.ready, size > 1 ? Math.max(...group.free) : Math.min(...group.free));
      return { group, state, size, from };
    });
  };

  while (!fits.every(isDone)) {
    const { group, state, size, from } = groups.flatMap(choices).reduce((a, b) => (b.from < a.from ? b : a));
    const stage = state.fit.stages[state.stage];
    const shards = shardsOf(stage).length;
    const { seconds, received } = epochOfGroup(stage, state.open.shift()!, size, network);
    trained += stage.epochs * seconds * size;
    gathered += stage.epochs * received * size;
    const until = from + stage.epochs * seconds;
    if (size > 1) group.free.fill(until);
    else group.free[group.free.indexOf(Math.min(...group.free))] = until;
    state.end = Math.max(state.end, until);
    if (state.open.length > 0) continue;
    spans.push({ fit: state.fit.name, stage: stage.name, shards, seconds: state.end - state.ready });
    const bytes = stage.runs * stage.bytes;
    written += bytes;
    // Every worker reads all shards.
    read += machines * bytes;
    const moved = bytes * (1 + machines);
    state.ready = state.end + moved / disk.bytesPerSecond + shards * disk.secondsPerFile + state.fit.between;
    state.stage++;
    if (!isDone(state)) state.open = shardsOf(state.fit.stages[state.stage]);
  }
  const seconds = Math.max(...fits.map(({ ready }) => ready));
  return { machines, together, seconds, busy: trained / (machines * seconds), written, read, gathered, spans };
}
