// Documents do what they say: every block of code in them runs, in order, in a folder of the document's own, or says in
// itself why not. `document-readers.ts` has what their readers are taken to have.

import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { transformSync } from 'esbuild';
import { parse } from 'yaml';
import { readStudyFile } from '../src/study/study-file.js';
import { commandLine, type Printed } from './command-line.js';
import { readers, SMALL, type Reader } from './document-readers.js';
import { blocksOf, type Block } from './documents.js';
import { scratch } from './scratch.js';

const root = join(import.meta.dirname, '..');
const commands = commandLine();
const { folder } = scratch();
export const textOf = (document: string): string => readFileSync(join(root, document), 'utf8');
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

/** Markdown below a folder. */
const pagesOf = (part: string): string[] =>
  readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${part}/${name}`)
    .sort();

/** Results have the commands that made them, which take hours. */
export const results = pagesOf('docs').filter((name) => name.startsWith('docs/results/'));
/** Typedoc writes these pages (`npm run docs`), and they are not in the repository. */
const isWritten = (name: string): boolean => name.startsWith('docs/reference/api/');
export const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  ...pagesOf('docs'),
  ...pagesOf('examples'),
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
  /** All of the document. */
  readonly blocks: readonly Block[];
}

function alone(at: string, program: string, flags: readonly string[]): Printed {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, program], { cwd: at, encoding: 'utf8' });
  return { code: status ?? -1, out: stdout, err: stderr };
}

function outputOf(what: string, { code, out, err }: Printed): string {
  if (code !== 0) throw new Error(`${what}: ${code}\n${out}${err}`);
  return out;
}

const interlatent = (at: string, ...words: string[]): string =>
  outputOf(`interlatent ${words.join(' ')}`, commands(at, words));

/** A line's words without quotes and comment. */
const wordsOf = (line: string): string[] =>
  (line.replace(/(^|\s+)#.*/, '').match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) =>
    word.replace(/^(['"])(.*)\1$/, '$2'),
  );

/** Options that make a command's work small; what is simulated gets settings of a small fit. */
function smaller([name, ...words]: readonly string[]): string[] {
  const has = (option: string): boolean => words.includes(option);
  if (name === 'simulate') return ['--samples', '300', '--test', '200'];
  if (name === 'select') return ['--max-latents', '2', '--splits', '3'];
  // A fit of a few steps tells no latent from another.
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

/** @returns what its commands print */
async function runCommands({ at, block }: Running): Promise<string> {
  const lines = block.text.split('\n').filter((line) => line !== '');
  let printed = '';
  for (const line of lines) {
    const words = wordsOf(line);
    if (words[0] === 'npx') words.shift();
    if (words[0] !== 'interlatent') checkTool(at, words);
    else if (isExcused(line)) await Promise.all(words.filter((word) => word.startsWith('examples/')).map(checkStudy));
    else printed += interlatent(at, ...words.slice(1), ...smaller(words.slice(1)));
    if (words[1] === 'simulate') {
      appendFileSync(join(at, words[words.indexOf('--out') + 1], 'study.yaml'), `\n${SMALL}\n`);
    }
  }
  return printed;
}

/** A study whose tables are not here. */
async function checkStudy(path: string): Promise<void> {
  await readStudyFile(join(root, path, 'study.yaml'), { INTERLATENT_DATA: '/data' });
}

function runProgram({ at, reader, block }: Running): string {
  let program = block.language === 'ts' ? transformSync(block.text, { loader: 'ts' }).code : block.text;
  for (const [from, to] of reader.changes ?? []) program = program.replace(from, to);
  for (const [part, more] of Object.entries(reader.goesOn ?? {})) if (block.text.includes(part)) program += more;
  const path = join(at, `program-${block.line}.mjs`);
  writeFileSync(path, program);
  return outputOf(path, reader.alone ? alone(at, path, reader.alone) : commands(at, [], path));
}

/** A study is read with its files. What is no whole study is completed: a part shows only what it is about. */
function readYaml({ at, block, blocks }: Running): string {
  const part = parse(block.text) as Partial<Record<string, object>>;
  if (fileName(block) !== undefined) return ''; // there from the beginning, for the commands that name it
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
    const { modalities: own = part, ...keys } = part['modalities'] ? part : {};
    const modalities = Object.keys(own).length > 1 ? own : { ...own, rest: { table: 'rest.csv', latents: 1 } };
    writeFileSync(join(at, 'part.yaml'), JSON.stringify({ study: 'part', id: 'id', ...keys, modalities }));
  }
  return interlatent(at, 'inspect', 'part.yaml');
}

const isExcused = (text: string): boolean => /(?:#|\/\/).* not run here: \S+ \S+/.test(text);

/** A block that begins with a comment of a file's name is that file. */
const fileName = ({ text }: Block): string | undefined => /^(?:#|\/\/) (\S+\.\w+)\n/.exec(text)?.[1];

/** Returns the text of a block. A whole study that says nothing about training gets a small fit. */
function smallStudy({ language, text }: Block): string {
  const isStudy = language === 'yaml' && /^study: /m.test(text) && !/^training:/m.test(text);
  return isStudy ? `${text}${SMALL}\n` : text;
}

const TOOLS = /^(?:npx|npm|interlatent|node|python3|apt-get|scripts\/\S+) /;
const isCommands = ({ language, text }: Block): boolean => language === 'sh' || (language === '' && TOOLS.test(text));
/** Formulas and layouts are indented without a language, what programs print is `text`. */
const isCode = (block: Block): boolean => isCommands(block) || !['', 'text'].includes(block.language);

async function run(running: Running): Promise<string> {
  const { block } = running;
  if (isCommands(block)) return runCommands(running);
  if (isExcused(block.text)) return '';
  switch (block.language) {
    case 'js':
    case 'ts':
      return runProgram(running);
    case 'yaml':
      return readYaml(running);
    case 'json':
      return JSON.stringify(JSON.parse(block.text));
    default:
      throw new Error(`nothing runs '${block.language}' here: the block needs a comment "not run here: REASON"`);
  }
}

/** Tests of a file: the blocks of its documents run. */
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
        await reader.has?.(at, (...words) => interlatent(at, ...words));
      }, 120_000);

      for (const block of code) {
        test(`${block.language || 'commands'} of line ${block.line}`, async () => {
          outputs.set(block, await run({ at, reader, block, blocks }));
        }, 120_000);
      }
    }

    for (const { of, printed, files = {} } of reader.shows ?? []) {
      test(`with ${of}`, () => {
        const block = code.find(({ text }) => text.includes(of))!;
        if (printed) expect(outputs.get(block)).toMatch(printed);
        for (const [name, content] of Object.entries(files)) {
          expect(readFileSync(join(at, name), 'utf8')).toMatch(content);
        }
      });
    }

    test('has every text that is changed before its programs run', () => {
      const programs = code.map(({ text }) => text).join('');
      expect((reader.changes ?? []).filter(([from]) => !programs.includes(from))).toEqual([]);
    });
  });
}
