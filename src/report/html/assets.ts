// Style and script of a report's page (src/report/client). scripts/build-report.mjs bundles them into dist/. Bundles
// for browsers replace this file by one that contains both.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InternalError } from '../../errors/errors.js';
import { packageRoot } from '../../runtime/package.js';

/** Reads style and script. @throws InternalError `asset-missing` */
export async function pageAssets(): Promise<{ readonly script: string; readonly style: string }> {
  const [script, style] = await Promise.all([asset('report.js'), asset('report.css')]);
  return { script, style };
}

async function asset(name: string): Promise<string> {
  const path = join(packageRoot, 'dist', name);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const message = `${path} is missing from the package. Install it again, or in a checkout run: npm run build:ts`;
    throw new InternalError('asset-missing', message, { path }, cause);
  }
}
