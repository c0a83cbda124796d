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

/** Machines that train together, or one alone. */
interface Team {
  /** When each of them is free. */
  readonly free: number[];
  /** Of the fit that it is at, of its own order; several teams do not begin with the same. */
  readonly fits: FitState[];
}

/** Where a fit is. */
interface FitState {
  readonly fit: PlannedFit;
  part: number;
  /** Runs of shards that nobody has taken. */
  open: number[];
  /** When the part may begin, and when the last shard taken of it ends. */
  ready: number;
  end: number;
}

/**
 * Fits do not wait for each other, parts of one do. A machine alone takes what is open of any fit, a team does one fit
 * after the other: all of its ranks are at the same.
 */
export function schedule(planned: readonly PlannedFit[], { machines, together, disk, network }: Cluster): Schedule {
  const teamOf = ({ tiles }: PlannedPart): number => (tiles > 1 ? together : 1);
  const shardsOf = (part: PlannedPart): number[] => runsOfShards(part.runs, machines / teamOf(part));
  const fits = planned.map((fit): FitState => ({ fit, part: 0, open: shardsOf(fit.parts[0]), ready: 0, end: 0 }));
  const teams = Array.from({ length: machines / together }, (_, team): Team => {
    const first = together > 1 ? team % fits.length : 0;
    return { free: new Array<number>(together).fill(0), fits: [...fits.slice(first), ...fits.slice(0, first)] };
  });
  const isDone = ({ fit, part }: FitState): boolean => part === fit.parts.length;
  const spans: Span[] = [];
  let [trained, written, read, gathered] = [0, 0, 0, 0];

  /** What a team could do next: one thing where its ranks are together, as they are then at one fit. */
  const choices = (team: Team) => {
    const open = team.fits.filter((state) => !isDone(state)).slice(0, together > 1 ? 1 : undefined);
    return open.map((state) => {
      const size = teamOf(state.fit.parts[state.part]);
      const from = Math.max(state.ready, size > 1 ? Math.max(...team.free) : Math.min(...team.free));
      return { team, state, size, from };
    });
  };

  while (!fits.every(isDone)) {
    const { team, state, size, from } = teams.flatMap(choices).reduce((a, b) => (b.from < a.from ? b : a));
    const part = state.fit.parts[state.part];
    const shards = shardsOf(part).length;
    const { seconds, received } = epochOnTeam(part, state.open.shift()!, size, network);
    trained += part.epochs * seconds * size;
    gathered += part.epochs * received * size;
    const until = from + part.epochs * seconds;
    if (size > 1) team.free.fill(until);
    else team.free[team.free.indexOf(Math.min(...team.free))] = until;
    state.end = Math.max(state.end, until);
    if (state.open.length > 0) continue;
    spans.push({ fit: state.fit.name, part: part.name, shards, seconds: state.end - state.ready });
    const bytes = part.runs * part.bytes;
    written += bytes;
    // Every worker reads all shards.
    read += machines * bytes;
    const moved = bytes * (1 + machines);
    state.ready = state.end + moved / disk.bytesPerSecond + shards * disk.secondsPerFile + state.fit.between;
    state.part++;
    if (!isDone(state)) state.open = shardsOf(state.fit.parts[state.part]);
  }
  const seconds = Math.max(...fits.map(({ ready }) => ready));
  return { machines, together, seconds, busy: trained / (machines * seconds), written, read, gathered, spans };
}
