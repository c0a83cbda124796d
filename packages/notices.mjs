// THIRD-PARTY-NOTICES of a platform's package: the licences of all that is linked into its library.
import { readFileSync } from 'node:fs';

/** Of oneDNN's own list of what it contains: the parts that a build of ours compiles. */
const PARTS = /^\d+\. (XByak|Xbyak_aarch64|Boost)/;

const RULE = '-'.repeat(80);

/** `sources` are `title=path of the licence`; of oneDNN's list of third parties only what is compiled is kept. */
export function notices(library, sources) {
  const parts = sources.flatMap((source) => {
    const at = source.indexOf('=');
    const [title, path] = [source.slice(0, at), source.slice(at + 1)];
    const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim();
    if (!path.endsWith('/THIRD-PARTY-PROGRAMS')) return [`${title}\n\n${text}`];
    const kept = text
      .split(/^-{40,}$/m)
      .map((part) => part.trim())
      .filter((part) => PARTS.test(part));
    return kept.map((part) => `${title}, ${part.replace(/^\d+\. /, '')}`);
  });
  if (parts.length < sources.length) throw new Error(`a notice is missing: ${sources.join(', ')}`);
  return [`Linked into ${library}, beside interlatent itself (see LICENSE):`, ...parts].join(`\n\n${RULE}\n\n`) + '\n';
}
