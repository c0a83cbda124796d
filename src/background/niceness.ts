// The priority of background threads relative to the caller.

/**
 * Niceness of threads that run tasks, as of the command `nice`. The caller's event loop and questions to models have
 * priority over them. A program that does nothing else while it waits, such as `interlatent` itself, sets 0.
 */
export const taskThreads = { niceness: 10 };
