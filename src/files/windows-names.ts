// Names that Windows takes for something else than a file of that name.

/** With Latin-1's superscripts, which count as digits there. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])\s*(\.|$)/i;
const FORBIDDEN = /[<>:"|?*\p{Cc}]/u;

/**
 * Why Windows would write to a device or to a hidden stream of another file, or change a name, without an error;
 * undefined for a path that it takes as it is.
 */
export function windowsPathProblem(path: string): string | undefined {
  const [drive, ...names] = path.replace(/^\\\\[?.]\\/, '').split(/[/\\]/);
  const all = /^[a-z]:$/i.test(drive) ? names : [drive.replace(/^[a-z]:/i, ''), ...names];
  return all.map(problemOf).find((problem) => problem !== undefined);
}

function problemOf(name: string): string | undefined {
  if (DEVICE.test(name)) return `Windows keeps the name ${name} for a device`;
  if (FORBIDDEN.test(name)) return 'a name on Windows has none of < > : " | ? * and no control character';
  return /[. ]$/.test(name) && !/^\.+$/.test(name) ? 'a name on Windows does not end in a point or a space' : undefined;
}
