// The README's blocks do what they say: its commands and its program run, in order, on the built package.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlatent-readme-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'interlatent'));
  symlinkSync(join(root, 'node_modules/fastify'), join(folder, 'node_modules', 'fastify'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** @param about what the block holds, of several */
function block(language: string, about = ''): string {
  const blocks = [...readme.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, text]) => text);
  const found = blocks.find((text) => text.includes(about));
  if (found === undefined) throw new Error(`README.md has no ${language} block`);
  return found;
}

test('the commands run one after the other', () => {
  const commands = block('sh')
    .split('\n')
    .map((line) => line.replace(/\s+#.*/, ''))
    .filter((line) => line !== '');
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands) {
    const words = command.split(/\s+/);
    expect(words.slice(0, 2)).toEqual(['npx', 'interlatent']);
    // The README's fit is the real one; here a few epochs on fewer subjects show that every command works.
    const small = words[2] === 'simulate' ? ['--samples', '1000', '--test', '600'] : [];
    const short = words[2] === 'fit' ? ['--epochs', '4', '--runs', '2', '--restarts', '4'] : [];
    execFileSync(process.execPath, [join(root, 'dist/cli/main.js'), ...words.slice(2), ...small, ...short], {
      cwd: folder,
      stdio: 'pipe',
    });
  }
  expect(readFileSync(join(folder, 'latents.csv'), 'utf8').split('\n')[0]).toBe('id,m1.z1,m1.z2,m2.z1,m2.z2');
  expect(readFileSync(join(folder, 'graph.svg'), 'utf8')).toContain('</svg>');
}, 120_000);

test('the program runs', () => {
  writeFileSync(join(folder, 'example.mjs'), block('js'));
  const output = execFileSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  expect(output).toMatch(/^3200 /);
  expect(existsSync(join(folder, 'runs/first/model.safetensors'))).toBe(true);
}, 120_000);

test('the server serves what the program saved', () => {
  const asks = `
    const ask = async (path, body) => {
      const headers = { 'content-type': 'application/json' };
      const request = body && { method: 'POST', headers, body: JSON.stringify(body) };
      return (await fetch(app.listeningOrigin + path, request)).json();
    };
    const { modalities } = await ask('/models/first');
    const means = (columns) => Object.fromEntries(columns.map(({ name, mean }) => [name, mean]));
    const row = modalities.map(({ name, columns }) => [name, means(columns)]);
    console.log(JSON.stringify((await ask('/models/first/encode', { rows: [Object.fromEntries(row)] })).latents));
    await app.close();`;
  const server = block('js', 'interlatent/fastify').replace('port: 3000', "port: 0, host: '127.0.0.1'");
  writeFileSync(join(folder, 'server.mjs'), server + asks);
  const output = execFileSync(process.execPath, ['server.mjs'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  expect(output).toMatch(/^\[\{"m1":\{"z1":[-\d.]+,"z2":[-\d.]+\},"m2":/);
}, 60_000);
