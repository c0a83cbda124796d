// Peak memory of a process on Linux, from /proc. Other systems have no figure.

import { readFileSync, writeFileSync } from 'node:fs';

/** Returns the peak resident memory of a process in bytes; undefined if the system does not report it. */
export function peakMemory(pid: number | 'self' = 'self'): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : 1024 * Number(kilobytes);
  } catch {
    return undefined;
  }
}

/** Sets the peak of this process to its present memory. Does nothing if the system does not allow it. */
export function resetPeakMemory(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // The peak then includes earlier work.
  }
}
