// The style of a report's page. It is written in several files and delivered as one text that loads nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const CLIENT = join(import.meta.dirname, '../../src/report/client');
const read = (path: string) => readFileSync(path, 'utf8');

test('report.css imports every file in styles, with phones and paper last', () => {
  const imported = [...read(join(CLIENT, 'report.css')).matchAll(/@import '\.\/styles\/([\w-]+\.css)';/g)];
  const names = imported.map(([, name]) => name);
  expect([...names].sort()).toEqual(readdirSync(join(CLIENT, 'styles')).sort());
  expect(names.slice(-2)).toEqual(['phones.css', 'paper.css']);
});

test('the delivered style has the rules of every file, and imports nothing', () => {
  const delivered = read(join(import.meta.dirname, '../../dist/report.css'));
  expect(delivered).not.toMatch(/@import|url\(/);
  for (const name of readdirSync(join(CLIENT, 'styles'))) {
    const classes = [...read(join(CLIENT, 'styles', name)).matchAll(/^\s*(\.[a-z-]+)/gm)].map(([, name]) => name);
    expect(classes.filter((name) => !delivered.includes(name))).toEqual([]);
    expect(classes.length).toBeGreaterThan(name === 'text.css' ? 0 : 1);
  }
});
