// The thread of the last task is kept for the next: until the code of a new one is warm, it takes a second or two.

import { taskThreads } from './niceness.js';
import { BackgroundThread } from './thread.js';

/** Milliseconds; for as long, what the task held may stay in memory. */
const KEPT_FOR = 2000;

let kept: { readonly thread: BackgroundThread; readonly timer: NodeJS.Timeout } | undefined;

/** @returns a thread that nobody else has */
export async function takeThread(): Promise<BackgroundThread> {
  const last = kept;
  kept = undefined;
  clearTimeout(last?.timer);
  if (last?.thread.isRunning) return last.thread;
  return BackgroundThread.open({ serves: 'tasks', niceness: taskThreads.niceness });
}

/** After a task that succeeded: of others a thread may still have something to do. */
export async function keepThread(thread: BackgroundThread): Promise<void> {
  if (kept !== undefined || !thread.isRunning) return thread.close();
  const timer = setTimeout(() => {
    kept = undefined;
    void thread.close();
  }, KEPT_FOR);
  timer.unref();
  kept = { thread, timer };
}
