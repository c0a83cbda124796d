// A power curve whose studies are simulated in parallel threads.

import {
  powerCurve as inThisThread,
  type PowerCurve,
  type PowerDesign,
  type PowerOptions,
  type SimulatedStudy,
} from '../power/index.js';
import { withThreadPool } from './thread-pool.js';

/** Does the same as `powerCurve` of src/power, in `threads` threads. @throws as `powerCurve` */
export async function powerCurve(design: PowerDesign, options: Omit<PowerOptions, 'simulate'>): Promise<PowerCurve> {
  const { threads = 1, signal } = options;
  return withThreadPool(threads, (pool) =>
    inThisThread(design, {
      ...options,
      ...(pool && {
        simulate: async (...study) => (await pool.call('simulateStudy', study, { signal })) as SimulatedStudy,
      }),
    }),
  );
}
