// Locks of the operating system on open files. Node has none; the native library brings them (src/runtime), and without
// it nothing is locked.

/** `held`: another descriptor has it. `unsupported`: nothing can be said. */
export type LockState = 'locked' | 'held' | 'unsupported';

let lock: (descriptor: number) => LockState = () => 'unsupported';

/** @param own takes the lock of a file for as long as the descriptor is open; it neither waits nor throws */
export function provideFileLock(own: (descriptor: number) => LockState): void {
  lock = own;
}

export function lockFile(descriptor: number): LockState {
  return lock(descriptor);
}
