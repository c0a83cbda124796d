// Turns the schema's issues into sentences with the place, the value, the accepted values and a likely correction.

import * as z from 'zod';
import type { ErrorCode } from '../../errors/errors.js';
import { didYouMean } from '../../errors/suggestion.js';
import { studySchema } from './schema.js';
import type { StudyPath } from './tables.js';

type Issue = z.core.$ZodIssue;
type Locate = (path: StudyPath) => string;

const MAX_SHOWN = 10;
/** Maps whose keys are names. */
const NAMED: ReadonlySet<unknown> = new Set(['modalities', 'variables', 'causes', 'outcomes']);

/** Returns one message with a line for each issue. Unknown keys come first: they often explain missing ones. */
export function describeIssues(
  issues: readonly Issue[],
  locate: Locate,
  locateKey: Locate,
): { code: ErrorCode; message: string } {
  // Only the sentences that are shown are made: a file may have very many issues.
  const unknown: (() => string)[] = [];
  const other: (() => string)[] = [];
  for (const issue of issues.flatMap(innermost)) {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        unknown.push(() => {
          const accepted = keysAt(studySchema, path);
          const hint = didYouMean(key, accepted) || `; accepted are ${accepted.join(', ')}`;
          return `${locateKey([...path, key])}: unknown key '${[...path, key].join('.')}'${hint}`;
        });
      }
    } else {
      other.push(() => {
        const place = issue.code === 'invalid_key' ? locateKey(path) : locate(path);
        return `${place}: ${path.join('.') || 'the study'} ${complaint(issue)}`;
      });
    }
  }
  const lines = [...unknown, ...other];
  const rest = lines.length > MAX_SHOWN ? [`… and ${lines.length - MAX_SHOWN} more`] : [];
  return {
    code: unknown.length > 0 ? 'unknown-key' : 'invalid-study',
    message: [...lines.slice(0, MAX_SHOWN).map((line) => line()), ...rest].join('\n'),
  };
}

/**
 * Returns the issues of the form of a union that fits the value: the form that knows most of its keys. Returns the
 * issue itself if no form fits, or several fit equally well.
 */
function innermost(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const fitting = issue.errors.filter((problems) =>
    problems.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  const unknown = fitting.map((problems) =>
    problems.reduce((count, { code, path, ...of }) => {
      return count + (code === 'unrecognized_keys' && path.length === 0 && 'keys' in of ? of.keys.length : 0);
    }, 0),
  );
  const best = fitting.filter((_, form) => unknown[form] === Math.min(...unknown));
  if (best.length !== 1) return [issue];
  return best[0].flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
}

function complaint(issue: Issue): string {
  const came = `, not ${shown(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input !== undefined) return `must be ${NOUNS[issue.expected] ?? issue.expected}${came}`;
      // A key whose absence needs an explanation has a message for it.
      return issue.message.startsWith('Invalid') ? 'is missing' : `is missing; it ${issue.message}`;
    case 'invalid_key':
      return NAMED.has(issue.path.at(-2))
        ? 'is not a name: write a letter, then letters, digits, _ or -'
        : 'must not be empty';
    case 'too_small':
      if (issue.origin !== 'number' && issue.origin !== 'int') return 'must not be empty';
      return (
        `must be ${issue.inclusive ? 'at least' : 'above'} ` +
        `${issue.minimum === Number.MIN_VALUE ? 'a share above 0' : issue.minimum}${came}`
      );
    case 'too_big':
      return `must be at most ${issue.maximum}${came}`;
    case 'invalid_value': {
      const nearest = didYouMean(String(issue.input), issue.values.map(String));
      const accepted = issue.values.map((value) => (/^\w/.test(String(value)) ? String(value) : JSON.stringify(value)));
      return `must be one of ${accepted.join(', ')}${came}${nearest}`;
    }
    default:
      return issue.input === undefined ? 'is missing' : `${issue.message}${came}`;
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
};

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Returns the keys that the schema accepts at a path. */
function keysAt(schema: unknown, path: StudyPath): string[] {
  let at: unknown = schema;
  for (const step of [...path, undefined]) {
    while (at instanceof z.ZodPrefault || at instanceof z.ZodDefault || at instanceof z.ZodOptional) at = at.unwrap();
    if (step === undefined) break;
    if (at instanceof z.ZodRecord) at = at.valueType;
    else at = formsOf(at).find(({ shape }) => Object.hasOwn(shape, step))?.shape[step];
  }
  return [...new Set(formsOf(at).flatMap(({ shape }) => Object.keys(shape)))];
}

/** Returns the maps that a schema accepts. */
function formsOf(schema: unknown): z.ZodObject[] {
  const options: readonly unknown[] = schema instanceof z.ZodUnion ? schema.options : [schema];
  return options.filter((option) => option instanceof z.ZodObject);
}
