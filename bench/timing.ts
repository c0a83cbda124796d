// Measures times in repetitions.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs every measurement once per repetition, in turn, so that disturbances of the machine affect all of them. */
export async function interleaved<Name extends string>(
  repetitions: number,
  measurements: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(measurements) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const name of names) values[name].push(await measurements[name]());
  }
  return values;
}

/** Returns the milliseconds that a call takes. */
export async function milliseconds(call: () => unknown): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

/** Returns the processor time of a call in milliseconds, over all threads of this process. */
export async function processorMilliseconds(call: () => unknown): Promise<number> {
  const started = process.cpuUsage();
  await call();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

export type Clock = 'processor' | 'wall';

/** Returns the milliseconds of a call by a clock. */
export function time(clock: Clock, call: () => unknown): Promise<number> {
  return clock === 'wall' ? milliseconds(call) : processorMilliseconds(call);
}
