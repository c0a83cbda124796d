// Checks for names that Windows does not treat as ordinary files.

/** Device names. Windows also accepts the superscript digits of Latin-1. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])\s*(\.|$)/i;
const FORBIDDEN = /[<>:"|?*\p{Cc}]/u;

/**
 * Returns why Windows would silently write to a device or to a hidden stream of another file, or change the name;
 * undefined for a path without such a problem.
 */
export function windowsPathProblem(path: string): string | undefined {
  const [drive, ...names] = path.replace(/^\\\\[?.]\\/, '').split(/[/\\]/);
  const all = /^[a-z]:$/i.test(drive) ? names : [drive.replace(/^[a-z]:/i, ''), ...names];
  return all.map(problemOf).find((problem) => problem !== undefined);
}

function problemOf(name: string): string | undefined {
  if (DEVICE.test(name)) return `Windows reserves the name ${name} for a device`;
  if (FORBIDDEN.test(name)) return 'a name on Windows cannot contain < > : " | ? * or a control character';
  return /[. ]$/.test(name) && !/^\.+$/.test(name) ? 'a name on Windows cannot end in a point or a space' : undefined;
}
