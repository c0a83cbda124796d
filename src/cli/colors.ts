// Colours for people at a terminal. picocolors by itself also colours what is piped wherever CI is set, and asks stdout
// for both streams.

import { createColors } from 'picocolors';

function isColoured({ isTTY }: { isTTY?: boolean }): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  return FORCE_COLOR ? FORCE_COLOR !== '0' : Boolean(isTTY) && TERM !== 'dumb';
}

/** For what goes to standard output. */
export const onStdout = createColors(isColoured(process.stdout));
/** For what goes to standard error. */
export const onStderr = createColors(isColoured(process.stderr));
