// Identifies this machine. Two processes on one kernel see the locks of each other on any file system.

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { causeCode } from '../errors/cause.js';

export interface Machine {
  readonly host: string;
  /** Boot id of the kernel, if it has one. Containers on a machine share it, but not their host names. */
  readonly boot?: string;
}

let known: Machine | undefined;

export function thisMachine(): Machine {
  known ??= { host: hostname(), ...bootId() };
  return known;
}

/** True if a process with this id runs on this machine. */
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
