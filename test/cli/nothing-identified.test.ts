// A study that identifies nothing ends normally. All outputs say so first, say what would help, and claim nothing.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { describeConclusions } from '../../src/conclusions/index.js';
import { readRun } from '../../src/training/run-folder.js';
import { commandHere, type CommandResult } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const interlatent = (...args: string[]): Promise<CommandResult> => commandHere(args, folder);
const TRAINING =
  'training: { encoderRestarts: 1, epochs: 2, componentRestarts: 4, componentSteps: 40, hidden: 8, batch: 64 }\n';

/** What a claim needs: an arrow at a latent, a latent as the subject of a causal verb, or an effect. */
const CLAIMS = [
  /\.z\d+(\|z\d+)* ?[→←↦⟶⇒]|[→←↦⟶⇒] ?\w+\.z\d/,
  /\.z\d+(\|z\d+)*\)? (causes|drives|affects|raises|lowers|changes|influences|acts on|leads to)\b/,
  /\b(total|direct) effect\b|\beffects? (of|on) \w+\.z\d/i,
  /\bmarker-(start|end)=/,
];

/** Returns the text of a page, without its scripts and styles. */
function textOf(html: string): string {
  const body = html.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/g, '');
  const paragraphs = body.replaceAll(/<\/(tr|p|li|h\d|dt|div|caption|summary)>/g, '\n');
  return paragraphs.replaceAll(/<[^>]*>/g, ' ').replaceAll(/[ \n]+/g, ' ');
}

/** Gives the rows of a table to other subjects. */
function shuffle(path: string): void {
  const [header, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const idOf = (row: string): string => row.slice(0, row.indexOf(','));
  const moved = rows.map((row, i) => `${idOf(rows[(53 * i + 29) % rows.length])}${row.slice(row.indexOf(','))}`);
  writeFileSync(path, [header, ...moved, ''].join('\n'));
}

describe.each([
  {
    name: 'one modality without causes',
    simulated: ['chain', '--samples', '120', '--test', '20', '--seed', '4'],
    first: /^No latent is identified: m1 is the only modality, and no cause is declared\./,
    says: /any mixture of them explains it as well/,
    advice: /Add a second modality of the same subjects, or declare a measured cause/,
    inspected: /No latent can be identified: m1 is the only modality/,
    refused: /error \[untested\]/,
  },
  {
    name: 'too few subjects',
    simulated: ['case1', '--samples', '27', '--test', '3', '--seed', '5'],
    first: /^Not tested: 30 subjects are too few to tell whether the modalities are associated\./,
    says: /So no latent is identified\./,
    advice: /40 subjects are needed\..*interlatent inspect says how many subjects it takes to find a link/,
    inspected: /30 subjects have m1 and m2, too few for any test\./,
    refused: /error \[untested\]/,
  },
  {
    name: 'shuffled rows',
    simulated: ['pair', '--samples', '190', '--test', '10', '--seed', '6'],
    isShuffled: true,
    first: /^No association between m1 and m2 was found\./,
    says: /No latent is identified: only links to other modalities, or causes, identify latents\./,
    advice: /To find an association, add subjects before columns/,
    inspected: /only mixtures of them are found/,
    refused: /error \[(undetermined|unreplicated)-latent\]|No latent changes/,
  },
])('$name', ({ simulated, isShuffled, first, says, advice, inspected, refused }) => {
  const outputs = new Map<string, string>();
  const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

  beforeAll(async () => {
    const [data, run] = ['data', 'run'].map((part) => `${part}-${simulated[0]}`);
    expect((await interlatent('simulate', ...simulated, '--out', data)).code).toBe(0);
    appendFileSync(join(folder, data, 'study.yaml'), TRAINING);
    if (isShuffled) shuffle(join(folder, data, 'm2.csv'));
    const study = join(data, 'study.yaml');
    const written: Readonly<Record<string, readonly string[]>> = {
      inspect: ['inspect', study],
      fit: ['fit', study, '--out', run, '--threads', '1', '--evidence', 'quick', '--verbose'],
      report: ['report', run, '--study', study, '--out', `${run}.html`],
      svg: ['graph', run, '--format', 'svg'],
      text: ['graph', run, '--format', 'causal-learn'],
    };
    for (const [name, args] of Object.entries(written)) {
      const { code, out, err } = await interlatent(...args);
      expect([name, code, code === 0 ? '' : err]).toEqual([name, 0, '']);
      outputs.set(name, out);
    }
    outputs.set('report', textOf(readFileSync(join(folder, `${run}.html`), 'utf8')));
    outputs.set('server and JSON', describeConclusions(await readRun(join(folder, run))).sentences.join(' '));
    // Questions are refused, and a search says that there is nothing to search.
    for (const args of [
      ['discover', run],
      ['intervene', run, '--set', 'm1.z1=+1sd'],
    ]) {
      const { out, err } = await interlatent(...args);
      outputs.set(args[0], `${out}${err}`);
    }
  });

  test('is said before the fit, with advice', () => {
    expect(flat(outputs.get('inspect')!)).toMatch(inspected);
  });

  test.each(['fit', 'report', 'server and JSON'])('is said first by %s, with advice', (name) => {
    const text = flat(outputs.get(name)!);
    const from = text.search(new RegExp(first.source.slice(1)));
    expect(from).toBeGreaterThanOrEqual(0);
    const opening = text.slice(from, from + 700);
    expect(opening).toMatch(first);
    expect(opening).toMatch(says);
    expect(opening).toMatch(advice);
  });

  test('does not say what setting a latent would change', () => {
    expect(outputs.get('intervene')).toMatch(refused);
  });

  test('no output claims that a latent acts on another one', () => {
    expect(outputs.size).toBe(8);
    const claims = [...outputs].flatMap(([name, text]) =>
      CLAIMS.flatMap(
        (claim) =>
          claim
            .exec(text)
            ?.slice(0, 1)
            .map((match) => `${name}: ${match}`) ?? [],
      ),
    );
    expect(claims).toEqual([]);
  });
});
