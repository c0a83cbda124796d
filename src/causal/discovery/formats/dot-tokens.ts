// The tokens of DOT, read letter by letter. A regular expression would need a stack as deep as a quote is long.

import { InputError } from '../../../errors/errors.js';

export interface Token {
  readonly text: string;
  /** True for text in quotes, which is always a name and never a keyword or sign. */
  readonly isQuoted: boolean;
  readonly at: number;
}

const SIGNS = ['->', '--', '{', '}', '[', ']', ';', ',', '=', ':'];
const NUMBER = /-?(?:\.\d+|\d+(?:\.\d*)?)/y;
const SPACE = /\s/;
const NAME = /[\p{L}\p{N}_.\u0080-\uffff]/u;

/** Returns the tokens of a text. @param source name of the text in messages @throws InputError `invalid-graph` */
export function dotTokens(text: string, source: string): Token[] {
  const result: Token[] = [];
  let at = 0;
  const until = (end: number, length: number): number => (end < 0 ? NaN : end + length);
  while (at < text.length) {
    const start = at;
    const sign = SIGNS.find((one) => text.startsWith(one, start));
    if (SPACE.test(text[at])) {
      at++;
    } else if (text.startsWith('/*', at)) {
      at = until(text.indexOf('*/', at + 2), 2);
    } else if (text.startsWith('//', at) || (text[at] === '#' && (at === 0 || text[at - 1] === '\n'))) {
      at = endOfLine(text, at);
    } else if (text[at] === '"') {
      at = until(closingQuote(text, at), 1);
      if (at === at) result.push({ text: unescaped(text.slice(start + 1, at - 1)), isQuoted: true, at: start });
    } else {
      at += sign?.length ?? (numberLength(text, at) || nameLength(text, at) || NaN);
      if (at === at) result.push({ text: text.slice(start, at), isQuoted: false, at: start });
    }
    if (Number.isNaN(at)) {
      const line = text.slice(0, start).split('\n').length;
      throw new InputError(
        'invalid-graph',
        `${source}, line ${line}: this is not valid DOT: ${text.slice(start, start + 30)}`,
      );
    }
  }
  return result;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Returns the position of the closing quote; −1 if there is none. */
function closingQuote(text: string, opening: number): number {
  let at = opening;
  do {
    at = text.indexOf('"', at + 1);
  } while (at >= 0 && backslashesBefore(text, at) % 2 === 1);
  return at;
}

function backslashesBefore(text: string, at: number): number {
  let count = 0;
  while (text[at - 1 - count] === '\\') count++;
  return count;
}

function unescaped(quoted: string): string {
  return quoted.replace(/\\\n/g, '').replace(/\\(["\\n])/g, (_, one: string) => (one === 'n' ? '\n' : one));
}

function numberLength(text: string, at: number): number {
  NUMBER.lastIndex = at;
  return NUMBER.exec(text)?.[0].length ?? 0;
}

function nameLength(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const letter = String.fromCodePoint(text.codePointAt(at)!);
    if (!NAME.test(letter)) break;
    at += letter.length;
  }
  return at - start;
}
