// Which machine this is: two processes see each other's locks on any file system while one kernel runs both.

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { causeCode } from './cause.js';

export interface Machine {
  readonly host: string;
  /** Of the running kernel, where it has one; containers on a machine share it, though not their host names. */
  readonly boot?: string;
}

let known: Machine | undefined;

export function thisMachine(): Machine {
  known ??= { host: hostname(), ...bootId() };
  return known;
}

/** Whether a process of this machine, as it sees them, runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return causeCode(cause) !== 'ESRCH';
  }
}

function bootId(): Pick<Machine, 'boot'> {
  try {
    return { boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
  } catch {
    return {};
  }
}
