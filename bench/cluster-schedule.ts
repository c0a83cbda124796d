// Who does what when, of a fit that machines share: the list scheduler that workers are, who take what is open.

import { rangesOf } from '../src/training/stage-of-restarts.js';

/** A stage of a fit. */
export interface PlannedStage {
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
  readonly stages: readonly PlannedStage[];
  /** Seconds that every worker takes between two stages. */
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
  readonly stage: string;
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
  /** From the moment that a stage could begin to its last shard. */
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

/** An epoch of a shard on a group: seconds, and bytes that each of its machines receives. */
function epochOfGroup(stage: PlannedStage, runs: number, group: number, network: Network) {
  const { steps, validation } = stage.epoch(runs);
  if (group === 1) return { seconds: steps + validation, received: 0 };
  const most = Math.ceil(stage.tiles / group);
  const received = stage.steps * runs * (stage.tiles - most) * stage.gradients;
  const told = received / network.bytesPerSecond + stage.steps * network.secondsPerStep;
  return { seconds: (steps * most) / stage.tiles + validation + told, received };
}

/** Machines that train together, or one alone. */
interface ProcessGroup {
  /** When each of them is free. */
  readonly free: number[];
  /** Of the fit that it is at, of its own order; several groups do not begin with the same. */
  readonly fits: FitState[];
}

/** Where a fit is. */
interface FitState {
  readonly fit: PlannedFit;
  stage: number;
  /** Runs of shards that nobody has taken. */
  open: number[];
  /** When the stage may begin, and when the last shard taken of it ends. */
  ready: number;
  end: number;
}

/**
 * Fits do not wait for each other, stages of one do. A machine alone takes what is open of any fit, a group does one fit
 * after the other: all of its ranks are at the same.
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

  /** What a group could do next: one thing where its ranks are together, as they are then at one fit. */
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
