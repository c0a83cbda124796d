// The thread that has done its work is kept for what comes next, a task or a model's questions: until the code of a new
// one is warm, it takes a second or two.

import { BackgroundThread } from './thread.js';

/** Milliseconds; for as long, what the task held may stay in memory. */
const KEPT_FOR = 2000;

interface Kept {
  readonly thread: BackgroundThread;
  readonly timer: NodeJS.Timeout;
}

/** One by niceness, which a thread has for life. */
const kept = new Map<number, Kept>();

/** @returns a thread that nobody else has */
export async function takeThread(niceness: number): Promise<BackgroundThread> {
  const last = kept.get(niceness);
  kept.delete(niceness);
  clearTimeout(last?.timer);
  return last?.thread.isRunning ? last.thread : BackgroundThread.open({ niceness });
}

/** After what succeeded: of the rest a thread may still have something to do. */
export async function keepThread(thread: BackgroundThread): Promise<void> {
  const { niceness } = thread;
  if (kept.has(niceness) || !thread.isRunning) return thread.close();
  const timer = setTimeout(() => {
    kept.delete(niceness);
    void thread.close();
  }, KEPT_FOR);
  timer.unref();
  kept.set(niceness, { thread, timer });
}
