// The style of a report's page. It is written in several files and delivered as one text that loads nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const CLIENT = join(import.meta.dirname, '../../src/report/client');
const read = (path: string) => readFileSync(path, 'utf8');

const STYLES = readdirSync(CLIENT).filter((name) => name.endsWith('.css') && name !== 'report.css');

test('report.css imports every style, with those of phones and paper last', () => {
  const imported = [...read(join(CLIENT, 'report.css')).matchAll(/@import '\.\/([\w-]+\.css)';/g)];
  const names = imported.map(([, name]) => name);
  expect([...names].sort()).toEqual(STYLES.sort());
  expect(names.at(-1)).toBe('media.css');
});

test('the delivered style has the rules of every file, and imports nothing', () => {
  const delivered = read(join(import.meta.dirname, '../../dist/report.css'));
  expect(delivered).not.toMatch(/@import|url\(/);
  for (const name of STYLES) {
    const classes = [...read(join(CLIENT, name)).matchAll(/^\s*(\.[a-z-]+)/gm)].map(([, name]) => name);
    expect(classes.filter((name) => !delivered.includes(name))).toEqual([]);
    expect(classes.length).toBeGreaterThan(1);
  }
});
