// The guide to interpretation shows what its commands print. Numbers may differ slightly between processors.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { commandHere } from '../fixtures/command-here.js';
import { blocksOf } from '../fixtures/documents.js';
import { scratch } from '../fixtures/scratch.js';

const place = scratch();
const PAGE = join(import.meta.dirname, '../../docs/how-to/interpret-a-fit.md');
/** Maximum difference of a number. A fit on a processor with other instructions rounds differently. */
const TOLERANCE = 0.05;

const numberOf = (word: string): number => Number(word.replace('−', '-'));

test('the tables of the guide are those that its commands print', async () => {
  const { folder } = place;
  let printed = '';
  let tables = 0;
  for (const { language, text } of blocksOf(readFileSync(PAGE, 'utf8'))) {
    if (language === '') {
      printed = '';
      for (const line of text.split('\n').filter((one) => one.startsWith('npx interlatent'))) {
        const { code, out } = await commandHere(line.split(' ').slice(2), folder);
        expect({ line, code }).toEqual({ line, code: 0 });
        printed += out;
      }
    }
    if (language !== 'text') continue;
    tables++;
    const lines = printed.split('\n');
    const shown = text.trimEnd().split('\n');
    const first = lines.findIndex((line) => line.trim() === shown[0].trim());
    expect(first).toBeGreaterThanOrEqual(0);
    for (const [i, line] of shown.entries()) {
      const [expected, actual] = [line, lines[first + i]].map((one) => one.trim().split(/\s+/));
      expect(actual).toHaveLength(expected.length);
      for (const [w, word] of expected.entries()) {
        if (Number.isNaN(numberOf(word))) expect(actual[w]).toBe(word);
        else expect(Math.abs(numberOf(actual[w]) - numberOf(word))).toBeLessThanOrEqual(TOLERANCE);
      }
    }
  }
  expect(tables).toBe(3);
}, 170_000);
