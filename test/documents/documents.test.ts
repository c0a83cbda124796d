// The documents that users read first do what they say; every link of every document leads somewhere.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readers } from './document-readers.js';
import { documents, isWritten, READ_FIRST, results, testDocuments, textOf } from './document-tests.js';
import { anchorsOf, linksOf } from '../fixtures/documents.js';

const root = join(import.meta.dirname, '../..');

testDocuments(READ_FIRST);

test('readers are those of documents', () => {
  expect(Object.keys(readers).filter((name) => !documents.includes(name))).toEqual([]);
});

describe('links', () => {
  const pages = [...documents, 'CHANGELOG.md', ...results];

  test.each(pages)('of %s lead to files and headings', (page) => {
    const broken = linksOf(textOf(page)).filter((link) => {
      const [path, place = ''] = decodeURI(link).split('#');
      const target = path === '' ? page : join(dirname(page), path);
      // `npm run docs` checks the links to these pages.
      if (isWritten(target)) return false;
      if (!existsSync(join(root, target))) return true;
      return place !== '' && !anchorsOf(textOf(target)).has(place);
    });
    expect(broken).toEqual([]);
  });
});
