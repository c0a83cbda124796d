// Colours for terminals. By default, picocolors also colours piped output if CI is set, and decides for both streams by
// stdout.

import { createColors } from 'picocolors';

function isColoured({ isTTY }: { isTTY?: boolean }): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  return FORCE_COLOR ? FORCE_COLOR !== '0' : Boolean(isTTY) && TERM !== 'dumb';
}

/** Colours of standard output. */
export const onStdout = createColors(isColoured(process.stdout));
/** Colours of standard error. */
export const onStderr = createColors(isColoured(process.stderr));
