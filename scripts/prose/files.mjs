// The files whose prose is checked.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isRead } from './parse.mjs';

/** Records of earlier runs, inputs of fuzzers, and files that programs write. */
const NOT_PROSE =
  /^(?:docs\/results|bench\/results|fuzz\/corpus|docs\/reference\/api|docs\/\.vitepress\/(?:cache|dist))\//;
/** Pages that begin so are made from source files, which are checked themselves. */
const GENERATED = /^<!-- Written by npm run docs/m;
/** Separates the changelog's entries that follow the rules from those that were written before. */
const OLDER_ENTRIES = '<!-- prose: older entries -->';

/** Files that are still to be rewritten: `npm test` skips them until their pattern is removed from this list. */
export const PENDING = [];

/**
 * Returns the files of a checkout that git tracks or does not ignore, without generated ones.
 * @param paths files and folders relative to `root`; empty: all
 */
export function listFiles(root, paths = []) {
  const words = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...paths];
  const output = execFileSync('git', words, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const names = [...new Set(output.split('\n'))].filter((name) => name !== '' && isRead(name) && !NOT_PROSE.test(name));
  return names.filter((name) => existsSync(join(root, name))).sort();
}

export const isPending = (path) => PENDING.some((pattern) => pattern.test(path));

/** Returns the text that is checked: nothing of a generated page, and the new entries of the changelog. */
export function checkedText(path, text) {
  if (path.endsWith('.md') && GENERATED.test(text)) return '';
  return path === 'CHANGELOG.md' ? text.slice(0, Math.max(0, text.indexOf(OLDER_ENTRIES))) : text;
}
