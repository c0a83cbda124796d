// Keeps a thread that has finished its work for the next task or session. A new thread needs a second or two until its
// code is compiled.

import { BackgroundThread } from './thread.js';

/** Milliseconds that an idle thread is kept. The memory of its last task may remain allocated during this time. */
const IDLE_TIMEOUT = 2000;

interface IdleThread {
  readonly thread: BackgroundThread;
  readonly timer: NodeJS.Timeout;
}

/** At most one idle thread per niceness. The niceness of a thread never changes. */
const idle = new Map<number, IdleThread>();

/** Returns an idle thread, or opens a new one. */
export async function takeThread(niceness: number): Promise<BackgroundThread> {
  const last = idle.get(niceness);
  idle.delete(niceness);
  clearTimeout(last?.timer);
  return last?.thread.isRunning ? last.thread : BackgroundThread.open(niceness);
}

/** Keeps a thread after a success. After a failure, a thread may still be busy and must be closed instead. */
export async function keepThread(thread: BackgroundThread): Promise<void> {
  const { niceness } = thread;
  if (idle.has(niceness) || !thread.isRunning) return thread.close();
  const timer = setTimeout(() => {
    idle.delete(niceness);
    void thread.close();
  }, IDLE_TIMEOUT);
  timer.unref();
  idle.set(niceness, { thread, timer });
}
