// Writes the THIRD-PARTY-NOTICES of a platform's package: licences of all software that is linked into its library.
import { readFileSync } from 'node:fs';

/** Entries of oneDNN's list of third parties that our build compiles. */
const COMPILED = /^\d+\. (XByak|Xbyak_aarch64|Boost)/;

const RULE = '-'.repeat(80);

/**
 * Returns the text of the notices.
 * @param library file name of the library
 * @param sources `title=path of the licence`; of oneDNN's list of third parties only compiled entries are included
 */
export function notices(library, sources) {
  const parts = sources.flatMap((source) => {
    const at = source.indexOf('=');
    const [title, path] = [source.slice(0, at), source.slice(at + 1)];
    const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim();
    if (!path.endsWith('/THIRD-PARTY-PROGRAMS')) return [`${title}\n\n${text}`];
    const entries = text
      .split(/^-{40,}$/m)
      .map((entry) => entry.trim())
      .filter((entry) => COMPILED.test(entry));
    return entries.map((entry) => `${title}, ${entry.replace(/^\d+\. /, '')}`);
  });
  if (parts.length < sources.length) throw new Error(`a notice is missing: ${sources.join(', ')}`);
  return (
    [`Software linked into ${library}, in addition to interlatent (see LICENSE):`, ...parts].join(`\n\n${RULE}\n\n`) +
    '\n'
  );
}
