// `npm run test:prose`: checks the English of pages, comments, messages, test titles and names (CONTRIBUTING.md).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ALLOWED } from './allowed.mjs';
import { checkedText, isPending, listFiles, PENDING } from './files.mjs';
import { lint } from './lint.mjs';
import { fragmentTest, Measures } from './measure.mjs';

const HELP = `npm run test:prose -- [options] [file or folder …]

Checks the English of the whole repository, or of the files and folders that are named. Each finding has
a place, a rule and what to write instead. Words are listed in scripts/prose/words.mjs and names.mjs, and
exceptions in allowed.mjs.

Options:
  --summary    print the number of findings per folder and rule, not each finding
  --measure    print words, sentences, mean lengths and fragments; nothing is checked
  --all        check files too that are still to be rewritten (PENDING in scripts/prose/files.mjs)
  --root DIR   read another checkout, to compare it with this one
  --help       print this text

The exit code is 1 if something was found.
`;

const { values: options, positionals: paths } = parseArgs({
  options: {
    summary: { type: 'boolean', default: false },
    measure: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    root: { type: 'string', default: '.' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const isWhole = paths.length === 0;
const everyFile = listFiles(options.root, paths);
const files = everyFile.filter((path) => options.all || options.measure || !isWhole || !isPending(path));
const measures = new Measures(options.measure ? await fragmentTest() : undefined);
const findings = [];
for (const path of files) {
  const text = checkedText(path, readFileSync(join(options.root, path), 'utf8'));
  const result = await lint(path, text);
  measures.add(path, result.tree);
  findings.push(...result.findings);
}
if (options.measure) console.log(measures.table());
else report();

function report() {
  const refused = findings.filter(({ entry }) => entry === undefined);
  if (options.summary) printCounts(refused);
  else printFindings(refused);
  // Means and unused entries say nothing about a part of the files.
  const problems = isWhole ? [...measures.excesses(), ...unusedEntries()] : [];
  for (const problem of problems) console.log(problem);
  console.log(`${files.length} files, ${refused.length} findings, ${findings.length - refused.length} permitted`);
  if (files.length < everyFile.length) {
    const pending = PENDING.map(({ source }) => source).join('  ');
    console.log(`${everyFile.length - files.length} files are not checked yet (PENDING): ${pending}`);
  }
  process.exitCode = refused.length + problems.length > 0 ? 1 : 0;
}

function printFindings(refused) {
  for (const { path, line, column, rule, message } of refused) {
    console.log(`${path}:${line}:${column} ${rule}: ${message}`);
  }
}

/** Prints how often each rule is broken per folder, and each message over all folders. */
function printCounts(refused) {
  const rules = [...new Set(refused.map(({ rule }) => rule))].sort();
  const printRow = (name, cells) =>
    console.log(name.padEnd(32) + cells.map((cell) => String(cell).padStart(11)).join(''));
  const counts = (list) => [
    ...rules.map((rule) => list.filter((finding) => finding.rule === rule).length),
    list.length,
  ];
  printRow('', [...rules, 'all']);
  for (const [folder, list] of grouped(refused, folderOf)) printRow(folder, counts(list));
  printRow('all', counts(refused));
  const messages = grouped(
    refused,
    ({ rule, message }) => `${rule}: ${message.replace(/^a sentence of \d+/, 'a sentence of N')}`,
  );
  console.log();
  for (const [message, { length }] of [...messages].sort(([, a], [, b]) => b.length - a.length)) {
    console.log(`${String(length).padStart(6)}  ${message}`);
  }
  console.log();
}

/** Returns the first two folders of a path, or the name of a file that has none. */
function folderOf({ path }) {
  return path.split('/').slice(0, -1).slice(0, 2).join('/') || path;
}

function grouped(list, keyOf) {
  const groups = new Map();
  for (const item of list) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

/** Reports entries of the allow list that permit nothing. Files that are not checked yet may need them. */
function unusedEntries() {
  if (files.length < everyFile.length) return [];
  const used = new Set(findings.map(({ entry }) => entry));
  const unused = ALLOWED.filter((entry) => !used.has(entry));
  return unused.map(({ rule, in: files, text }) => `allowed.mjs: ${rule} ${files} ${text} permits nothing; delete it.`);
}
