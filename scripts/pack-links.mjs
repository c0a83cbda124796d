// Adapts the links of a Markdown file in a package. Links to packed files stay. Other links lead to the repository, or
// are removed if package.json names no repository.
import { dirname, join, normalize } from 'node:path';

/**
 * @param text contents of the file
 * @param path path of the file in the package
 * @param isPacked true for a path in the package
 * @param url URL of the repository's files, without a slash at its end, or undefined if it is unknown
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
