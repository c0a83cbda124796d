// Checks the prose of one file with textlint.
import { TextlintKernel } from '@textlint/kernel';
import { ALLOWED } from './allowed.mjs';
import { refusedName } from './names.mjs';
import { parse } from './parse.mjs';
import { RULES } from './rules.mjs';

const kernel = new TextlintKernel();

/** textlint chooses a plugin by the extension of a file; ours parses all files, whatever their names. */
const EXTENSION = '.any';

/**
 * Checks the prose and the names of a file.
 * @returns `{ tree, findings }` with `{ path, line, column, rule, message, text, entry }` for each finding; `entry` is
 * the entry of the allow list that permits it
 */
export async function lint(path, text) {
  const tree = parse(path, text);
  class Processor {
    availableExtensions = () => [EXTENSION];
    processor = () => ({ preProcess: () => tree, postProcess: (messages) => ({ messages, filePath: path }) });
  }
  const { messages } = await kernel.lintText(text, {
    ext: EXTENSION,
    filePath: path,
    plugins: [{ pluginId: 'prose', plugin: { Processor } }],
    rules: RULES,
  });
  const findings = messages.map(({ line, column, ruleId: rule, message, range }) => {
    const refused = text.slice(...range);
    return { path, line, column, rule, message, text: refused, entry: permitting(path, rule, refused) };
  });
  return { tree, findings: [...nameOfFile(path), ...findings] };
}

/** Reports a refused word in the name of the file or of its folders. */
function nameOfFile(path) {
  const refused = path
    .split(/[/.]/)
    .map((part) => refusedName(part, path))
    .find(Boolean);
  if (refused === undefined) return [];
  const message = `“${refused.word}” in the name of the file: write ${refused.use}.`;
  return [{ path, line: 1, column: 1, rule: 'names', message, text: path, entry: permitting(path, 'names', path) }];
}

const permitting = (path, rule, text) =>
  ALLOWED.find((entry) => entry.rule === rule && entry.in.test(path) && entry.text.test(text));
