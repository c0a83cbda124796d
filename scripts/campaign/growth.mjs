// Measures memory, descriptors and threads of this process, and compares the second quarter of the samples with the
// last.
/* global global, setTimeout */
import { readdirSync, readFileSync } from 'node:fs';

/** Maximal ratio of late to early values. */
const MAX_GROWTH = { resident: 1.1, heap: 1.1, descriptors: 1.02, threads: 1.02 };

/** Returns memory in MiB and counts. */
export async function measured() {
  global.gc();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { rss, heapUsed } = process.memoryUsage();
  return {
    resident: rss / 2 ** 20,
    heap: heapUsed / 2 ** 20,
    descriptors: readdirSync('/proc/self/fd').length,
    threads: Number(/Threads:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]),
  };
}

/** Notes a failure for each figure that grows. */
export function noteGrowth(outcome, samples) {
  if (samples.length < 4) return outcome.note('growth', `only ${samples.length} samples; raise --minutes`);
  for (const [name, max] of Object.entries(MAX_GROWTH)) {
    const [early, late] = [0.25, 0.75].map((from) => {
      const part = samples.slice(
        Math.floor(from * samples.length),
        Math.floor((from + 0.25) * samples.length) || undefined,
      );
      return median(part.map((sample) => sample[name]));
    });
    outcome.figures[name] = `${round(early)} → ${round(late)}`;
    outcome.note(name, late > max * early + 1 ? `grew from ${early} to ${late}` : undefined);
  }
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const round = (value) => Math.round(10 * value) / 10;
