// How far threads that do tasks stand back where cores are few.

/**
 * Of `nice`. The caller's event loop goes first, and its questions to a model; a program that does nothing else while
 * it waits, as `interlatent` itself, sets 0.
 */
export const taskThreads = { niceness: 10 };
