// Names that Windows takes for something else than a file of that name.

/** Windows would write to a printer or to a hidden stream of another file, or cut the name, without an error. */
export function windowsNameProblem(name: string): string | undefined {
  if (/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name)) return `Windows keeps the name ${name} for a device`;
  if (/[<>:"|?*]/.test(name)) return 'a name on Windows has none of < > : " | ? *';
  return /[. ]$/.test(name) && !/^\.+$/.test(name) ? 'a name on Windows does not end in a point or a space' : undefined;
}
