// Locks of the operating system on open files. Node has none: the native library provides them (src/runtime). Without
// it nothing is locked.

/** `held`: another descriptor has the lock. `unsupported`: unknown. */
export type LockState = 'locked' | 'held' | 'unsupported';

let lock: (descriptor: number) => LockState = () => 'unsupported';

/** @param implementation locks a file until the descriptor is closed; it must neither wait nor throw */
export function provideFileLock(implementation: (descriptor: number) => LockState): void {
  lock = implementation;
}

export function lockFile(descriptor: number): LockState {
  return lock(descriptor);
}
