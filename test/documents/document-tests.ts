// Every block of code in documents runs, in order, in a separate folder per document. Otherwise, a comment before the
// block says why not. `document-readers.ts` describes the files that readers are assumed to have.

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { transformSync } from 'esbuild';
import { parse } from 'yaml';
import { readStudyFile } from '../../src/study/grammar/study-file.js';
import { commandLine, type Printed } from '../fixtures/command-line.js';
import { readers, SMALL, type Reader } from './document-readers.js';
import { blocksOf, type Block } from '../fixtures/documents.js';
import { hasLibrary, hasPackage, installR, PYTHON, runs } from '../fixtures/languages.js';
import { scratch } from '../fixtures/scratch.js';

const root = join(import.meta.dirname, '../..');
const commands = commandLine();
const { folder } = scratch();
export const textOf = (document: string): string => readFileSync(join(root, document), 'utf8');
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

/** Returns the Markdown files below a folder. */
const pagesOf = (part: string): string[] =>
  readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${part}/${name}`)
    .sort();

/** Pages of results, whose commands take hours and do not run here. */
export const results = pagesOf('docs').filter((name) => name.startsWith('docs/results/'));
/** Typedoc writes these pages (`npm run docs`), and they are not in the repository. */
export const isWritten = (name: string): boolean => name.startsWith('docs/reference/api/');
export const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  ...pagesOf('docs'),
  ...pagesOf('examples'),
  ...pagesOf('clients'),
].filter((name) => !results.includes(name) && !isWritten(name));
/** Pages whose blocks take long; they run in `npm run test:long`. */
const LONG = [
  'how-to/evaluate',
  'reference/causal-discovery',
  'reference/files',
  'reference/images',
  'reference/performance',
  'reference/report',
].map((name) => `docs/${name}.md`);
/** Pages that users read first, and pages that are quick. */
export const READ_FIRST = documents.filter((name) => !LONG.includes(name));

interface Running {
  readonly at: string;
  readonly reader: Reader;
  readonly block: Block;
  /** All blocks of the document. */
  readonly blocks: readonly Block[];
}

function inNewProcess(at: string, program: string, flags: readonly string[]): Printed {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, program], { cwd: at, encoding: 'utf8' });
  return { code: status ?? -1, out: stdout, err: stderr };
}

function outputOf(what: string, { code, out, err }: Printed): string {
  if (code !== 0) throw new Error(`${what}: ${code}\n${out}${err}`);
  return out;
}

const interlatent = (at: string, ...words: string[]): string =>
  outputOf(`interlatent ${words.join(' ')}`, commands(at, words));

/** Returns the words of a line without quotes and comment. */
const wordsOf = (line: string): string[] =>
  (line.replace(/(^|\s+)#.*/, '').match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) =>
    word.replace(/^(['"])(.*)\1$/, '$2'),
  );

/** Returns options that make a command quick. */
function smaller([name, ...words]: readonly string[]): string[] {
  const has = (option: string): boolean => words.includes(option);
  if (name === 'simulate') return ['--samples', '300', '--test', '200'];
  if (name === 'null') return ['--refits', '2'];
  if (name === 'select') return ['--max-latents', '2', '--splits', '3'];
  // A fit of a few steps determines and replicates no latents.
  if (name === 'intervene') return ['--undetermined', '--unreplicated'];
  return has('--half-samples') ? ['--half-samples', has('--refit') ? '1' : '10'] : [];
}

/**
 * Checks that the script of a command of npm or of the checkout exists. Such commands build, measure or install, and do
 * not run here. A program that the page has as a file runs as a block.
 */
function checkTool(at: string, [program, ...words]: readonly string[]): void {
  const path = program === 'node' || program === 'python3' ? words[0] : program;
  if (program === 'npm') {
    const [verb, name] = words;
    if (!['install', 'pack', 'explore'].includes(verb)) expect(scripts).toHaveProperty(verb === 'run' ? name : verb);
  } else if (program !== 'apt-get' && !existsSync(join(at, path))) {
    expect(path).toMatch(/^(scripts|bench|examples)\//);
    expect(existsSync(join(root, path))).toBe(true);
  }
}

/** Copies a folder (`cp -r FROM TO`), or removes files (`rm FILE …`), of the document. */
function changeFiles(at: string, [program, ...words]: readonly string[]): void {
  const [from, ...rest] = words.filter((word) => word !== '-r').map((path) => join(at, path));
  if (program === 'cp') cpSync(from, rest[0], { recursive: true });
  else for (const path of [from, ...rest]) rmSync(path);
}

/** Runs the commands of a block, and returns the printed text. Simulated studies get settings of a small fit. */
async function runCommands({ at, block }: Running): Promise<string> {
  const lines = block.text.split('\n').filter((line) => line !== '');
  let printed = '';
  for (const line of lines) {
    const words = wordsOf(line);
    if (words[0] === 'npx') words.shift();
    if (words.length === 0) continue;
    const studies = words.filter((word) => /^examples\/[^.]*(?:\.yaml)?$/.test(word));
    if (block.excuse !== undefined) await Promise.all(studies.map(checkStudy));
    else if (words[0] === 'cp' || words[0] === 'rm') changeFiles(at, words);
    else if (words[0] !== 'interlatent') checkTool(at, words);
    else printed += interlatent(at, ...words.slice(1), ...smaller(words.slice(1)));
    if (words[1] === 'simulate' && block.excuse === undefined) {
      appendFileSync(join(at, words[words.indexOf('--out') + 1], 'study.yaml'), `\n${SMALL}\n`);
    }
  }
  return printed;
}

/** Checks a study file whose tables do not exist here. @param path the file, or a folder with study.yaml */
async function checkStudy(path: string): Promise<void> {
  const file = path.endsWith('.yaml') ? path : join(path, 'study.yaml');
  await readStudyFile(join(root, file), { INTERLATENT_DATA: '/data' });
}

/** Returns a program with the changes of its page. */
const changed = (text: string, { changes = [] }: Reader): string =>
  changes.reduce((program, [from, to]) => program.replace(from, to), text);

function runProgram({ at, reader, block }: Running): string {
  let program = changed(
    block.language === 'ts' ? transformSync(block.text, { loader: 'ts' }).code : block.text,
    reader,
  );
  for (const [part, more] of Object.entries(reader.continuations ?? {})) if (block.text.includes(part)) program += more;
  const path = join(at, `program-${block.line}.mjs`);
  writeFileSync(path, program);
  return outputOf(path, reader.nodeFlags ? inNewProcess(at, path, reader.nodeFlags) : commands(at, [], path));
}

/** Runs a program in Python, if the machine has NumPy. */
async function runPython({ at, reader, block }: Running): Promise<string> {
  const path = join(at, `program-${block.line}.py`);
  writeFileSync(path, changed(block.text, reader));
  return hasPackage('numpy') ? runs(PYTHON, [path], { cwd: at }) : '';
}

/** Runs a program in R, if the machine has R. */
async function runR({ at, reader, block }: Running): Promise<string> {
  const [path, library] = [join(at, `program-${block.line}.R`), join(folder, 'library')];
  writeFileSync(path, changed(block.text, reader));
  if (!hasLibrary('jsonlite')) return '';
  if (!existsSync(library)) await installR(library);
  return runs('Rscript', ['--vanilla', path], { cwd: at, environment: { R_LIBS: library } });
}

/** Inspects a study with its files. A block that shows only a part of a study is completed first. */
function readYaml({ at, block, blocks }: Running): string {
  const part = parse(block.text) as Partial<Record<string, object>>;
  if (fileName(block) !== undefined) return ''; // The file exists from the beginning, for commands that name it.
  if (part['discovery']) {
    const whole = blocks.find(({ language, text }) => language === 'yaml' && text.startsWith('study: '))!;
    const { discovery } = part;
    writeFileSync(
      join(at, 'part.yaml'),
      JSON.stringify({ ...(parse(whole.text) as object), discovery, ...(parse(SMALL) as object) }),
    );
    return interlatent(at, 'study', 'run', 'part.yaml', '--quick', '--out', 'runs/part');
  }
  if (part['study']) {
    writeFileSync(join(at, 'part.yaml'), block.text);
  } else {
    const { modalities: named = part, ...keys } = part['modalities'] ? part : {};
    const modalities = Object.keys(named).length > 1 ? named : { ...named, rest: { table: 'rest.csv', latents: 1 } };
    writeFileSync(join(at, 'part.yaml'), JSON.stringify({ study: 'part', id: 'id', ...keys, modalities }));
  }
  return interlatent(at, 'inspect', 'part.yaml');
}

/** Returns the file name of a block that begins with a comment of its name. */
const fileName = ({ text }: Block): string | undefined => /^(?:#|\/\/) (\S+\.\w+)\n/.exec(text)?.[1];

/** Returns the text of a block. A whole study that says nothing about training gets a small fit. */
function smallStudy({ language, text }: Block): string {
  const isStudy = language === 'yaml' && /^study: /m.test(text) && !/^training:/m.test(text);
  return isStudy ? `${text}${SMALL}\n` : text;
}

const TOOLS = /^(?:npx|npm|interlatent|node|python3|apt-get|scripts\/\S+) /;
const isCommands = ({ language, text }: Block): boolean => language === 'sh' || (language === '' && TOOLS.test(text));
/** True for blocks that run. Formulas and layouts are indented and have no language; printed text has `text`. */
const isCode = (block: Block): boolean => isCommands(block) || !['', 'text'].includes(block.language);

async function run(running: Running): Promise<string> {
  const { block } = running;
  if (isCommands(block)) return runCommands(running);
  if (block.excuse !== undefined) return '';
  switch (block.language) {
    case 'js':
    case 'ts':
      return runProgram(running);
    case 'yaml':
      return readYaml(running);
    case 'python':
      return runPython(running);
    case 'r':
      return runR(running);
    case 'json':
      return JSON.stringify(JSON.parse(block.text));
    default:
      throw new Error(
        `nothing runs '${block.language}' here: the block needs a comment "<!-- not run: REASON -->" before it`,
      );
  }
}

/** Defines the tests of the documents: all of their blocks run. */
export function testDocuments(documents: readonly string[]): void {
  describe.each(documents)('%s', (document) => {
    const blocks = blocksOf(textOf(document));
    const code = blocks.filter(isCode);
    const reader = readers[document] ?? {};
    const at = join(folder, document.replaceAll('/', '-'));
    const outputs = new Map<Block, string>();

    if (code.length > 0) {
      beforeAll(async () => {
        mkdirSync(join(at, 'node_modules'), { recursive: true });
        symlinkSync(root, join(at, 'node_modules/interlatent'));
        for (const name of ['fastify', '@duckdb', 'sharp']) {
          symlinkSync(join(root, 'node_modules', name), join(at, 'node_modules', name));
        }
        for (const block of blocks) {
          const name = fileName(block);
          if (name !== undefined) writeFileSync(join(at, name), smallStudy(block));
        }
        await reader.prepare?.(at, (...words) => interlatent(at, ...words));
      }, 120_000);

      for (const block of code) {
        test(`${block.language || 'commands'} of line ${block.line}`, async () => {
          outputs.set(block, await run({ at, reader, block, blocks }));
        }, 120_000);
      }
    }

    for (const { of, printed, files = {} } of reader.shows ?? []) {
      test(`the block with ${of} shows the expected result`, () => {
        const block = code.find(({ text }) => text.includes(of))!;
        if (printed) expect(outputs.get(block)).toMatch(printed);
        for (const [name, content] of Object.entries(files)) {
          expect(readFileSync(join(at, name), 'utf8')).toMatch(content);
        }
      });
    }

    if (reader.printsText) {
      test('the blocks of text are what the commands before them print', () => {
        const shown = blocks.filter(({ language }) => language === 'text');
        expect(shown.length).toBeGreaterThan(0);
        for (const block of shown) {
          const before = code.filter(({ line }) => line < block.line).map((one) => outputs.get(one) ?? '');
          // A line with an ellipsis stands for lines that are left out.
          for (const piece of block.text.split(/^…$/m)) expect(before.join('\n')).toContain(piece.trim());
        }
      });
    }

    test('contains every text that is replaced before its programs run', () => {
      const programs = code.map(({ text }) => text).join('');
      expect((reader.changes ?? []).filter(([from]) => !programs.includes(from))).toEqual([]);
    });
  });
}
