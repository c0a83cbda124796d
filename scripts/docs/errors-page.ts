// docs/reference/errors.md: every error code with its meaning, its class, and the areas of the package that throw it.

import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import ts from 'typescript';
import { ERROR_CODES } from '../../src/errors/error-codes.js';
import { ERROR_MEANINGS } from './error-meanings.js';
import { code, page, table } from './markdown.js';

/** Names of the folders and files of src for users. */
const AREAS: Readonly<Record<string, string>> = {
  background: 'worker threads',
  causal: 'causal discovery',
  cli: 'command line',
  compile: 'engine',
  conclusions: 'conclusions',
  data: 'data sets',
  distributed: 'scaling',
  evidence: 'evidence',
  exchange: 'export',
  files: 'files',
  fit: 'fit and RUN folder',
  graph: 'engine',
  images: 'images',
  inference: 'encoding',
  likelihoods: 'kinds of columns',
  metrics: 'evaluation',
  model: 'library',
  networks: 'models',
  nn: 'models',
  quality: 'quality',
  questions: 'questions',
  report: 'report',
  runtime: 'engine and devices',
  selection: 'choosing latents',
  series: 'time series',
  serving: 'server',
  simulation: 'simulation',
  study: 'study file',
  threads: 'worker threads',
  training: 'fit and RUN folder',
  web: 'browser',
  webgpu: 'WebGPU',
};
const CLASSES = ['InputError', 'StateError', 'NumericError', 'DeviceError', 'FileError', 'InternalError'] as const;

export function errorsPage(): string {
  const sites = throwSites();
  const unknown = Object.keys(ERROR_MEANINGS).filter((one) => !(ERROR_CODES as readonly string[]).includes(one));
  const missing = ERROR_CODES.filter((one) => !Object.hasOwn(ERROR_MEANINGS, one));
  if (unknown.length + missing.length > 0) {
    const text = [...missing.map((one) => `without a meaning: ${one}`), ...unknown.map((one) => `no code: ${one}`)];
    throw new Error(`scripts/docs/error-meanings.ts and src/errors/error-codes.ts disagree\n${text.join('\n')}`);
  }
  return page('Error codes', [
    'This page is for everybody who sees an error of interlatent, in a terminal, a program or an answer of a server. ' +
      'Every error has a code, which does not change between versions. Its message names the place, the cause and ' +
      'the remedy.',
    '## Classes',
    table(
      ['class', 'meaning', 'exit code'],
      [
        ['`InputError`', 'A file, a value or an option cannot be accepted. Correct it.', '2'],
        ['`StateError`', 'The call comes at the wrong time, for example after `dispose`.', '1'],
        ['`NumericError`', 'The numbers left the finite range, or a result cannot be computed.', '1'],
        ['`DeviceError`', 'A device, a driver or the native library is missing or refuses.', '1'],
        ['`FileError`', 'Reading or writing failed: permission, or a full disk.', '1'],
        ['`InternalError`', 'A defect of interlatent. Please report it.', '1'],
      ],
    ),
    'In a program, `error.code` is one of the codes below, and `error.details` has the names and numbers of the ' +
      'message. The server answers with the HTTP status that [Serving](serving.md#errors) lists.',
    '## Codes',
    table(
      ['code', 'meaning', 'class', 'thrown by'],
      ERROR_CODES.map((one) => {
        const { classes, areas } = sites.get(one)!;
        return [code(one), ERROR_MEANINGS[one], [...classes].map(code).join(', '), [...areas].sort().join(', ')];
      }),
    ),
  ]);
}

interface Sites {
  readonly classes: Set<string>;
  readonly areas: Set<string>;
}

/** Returns the classes and areas in which each code is an argument of a constructor or a function. */
function throwSites(): ReadonlyMap<string, Sites> {
  const sites = new Map<string, Sites>(ERROR_CODES.map((one) => [one, { classes: new Set(), areas: new Set() }]));
  for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name === join('errors', 'error-codes.ts')) continue;
    const text = readFileSync(join('src', name), 'utf8');
    const area = AREAS[name.split(sep)[0]] ?? 'library';
    const visit = (node: ts.Node): void => {
      const site = ts.isStringLiteral(node) ? sites.get(node.text) : undefined;
      if (site && isThrown(node)) {
        site.areas.add(area);
        const constructed = constructorOf(node);
        if (constructed !== undefined) site.classes.add(constructed);
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  }
  return sites;
}

/** True if a code is an argument of a function, or is in a table or a choice, not in a type or a comparison. */
function isThrown({ parent }: ts.Node): boolean {
  return (
    ts.isNewExpression(parent) ||
    ts.isCallExpression(parent) ||
    ts.isConditionalExpression(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isPropertyAssignment(parent)
  );
}

function constructorOf({ parent }: ts.Node): string | undefined {
  if (!ts.isNewExpression(parent)) return undefined;
  const name = parent.expression.getText();
  return (CLASSES as readonly string[]).includes(name) ? name : undefined;
}
