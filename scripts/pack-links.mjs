// Links of a Markdown file that goes into a package: what is packed too stays, what is not leads to the repository or,
// while package.json knows none, nowhere.
import { dirname, join, normalize } from 'node:path';

/**
 * @param text the Markdown file, which lies at `path` in the package
 * @param isPacked tells whether a path is in the package
 * @param url of the repository's files, without a slash at its end; undefined: not known
 */
export function packedLinks(text, path, isPacked, url) {
  return text.replaceAll(/(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g, (link, bang, words, target) => {
    if (/^(#|[a-z]+:)/.test(target)) return link;
    const file = normalize(join(dirname(path), target.replace(/#.*/, '')));
    if (isPacked(file)) return link;
    if (url !== undefined) return `${bang}[${words}](${url}/${file}${/#.*/.exec(target)?.[0] ?? ''})`;
    return bang ? `*${words}*` : words;
  });
}
