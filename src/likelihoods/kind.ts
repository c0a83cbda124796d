// Kinds of columns. A kind says what its columns accept, how their cells become values of a table, and which likelihood
// these values have. All code that depends on the kind of a column reads it from here.

import type { InputError } from '../errors/errors.js';
import type { LevelCoding } from './level-coding.js';

interface AnyKind {
  /** What messages call a column: "column 'reads' is a count". */
  readonly noun: string;
  /** The row of the kind in docs/explanation/likelihoods.md, which editors of study files also show. */
  readonly documentation: {
    readonly for: string;
    readonly cells: string;
    /** What a model learns about a column. */
    readonly learns: string;
  };
  /** True if channels of images and series can have the kind. */
  readonly inChannels: boolean;
  /** Proposes the kind for columns of numbers that have none. Left out: nothing in the numbers indicates the kind. */
  readonly guess?: KindGuess;
}

/** A column of numbers, as far as guesses read it. */
export interface ColumnSummary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly sd: number;
  readonly isWhole: boolean;
  /** Number of different values. If one is not whole, counting stops above 2. */
  readonly different: number;
}

export interface KindGuess {
  /** Kinds that look like this, for messages. */
  readonly kinds: string;
  matches(column: ColumnSummary): boolean;
  /** Returns what the numbers look like. @param without ` without the codes`, or empty */
  reason(column: Pick<ColumnSummary, 'min' | 'max'>, without: string): string;
}

/** Measurements: numbers that are standardised, and may be transformed and adjusted before. */
export interface MeasuredKind extends AnyKind {
  readonly form: 'measured';
  /** True if −log p is a squared error with a fixed variance, so that least squares finds the decoder. */
  readonly isSquaredError: boolean;
}

/** Levels: texts or numbers that name a state. */
export interface LevelKind extends AnyKind {
  readonly form: 'levels';
  readonly minLevels: number;
  readonly maxLevels: number;
  readonly coding: LevelCoding;
}

/** Numbers whose function, the link, is standardised. They have no other transform. */
interface LinkedNumbers extends AnyKind {
  readonly form: 'numbers';
  readonly link: Link;
  /** Standard deviation that values are divided by: that of the training split, or 1. */
  readonly sd: 'fitted' | 1;
  /** True for a number that a cell may contain. */
  accepts(number: number): boolean;
  /** Returns the nearest number that a cell may contain, for values in single precision. Left out: the number itself. */
  nearest?(number: number): number;
  /** The noun in the plural. */
  readonly nouns: string;
  /** The numbers that a cell may contain, after "accepted". */
  readonly accepted: string;
  /** What to do about another number. */
  readonly remedy: string;
  /** Returns the error for another number. Default: one with the code `not-of-kind`. */
  error?(message: string, details: Record<string, unknown>): InputError;
}

export interface NumberKind extends LinkedNumbers {
  /** True for counts, which are relative to the size of the modality if there is one. */
  readonly isCount: boolean;
  readonly isSize: false;
  /** Returns what is added to the decoder's number, so that 0 stands for an ordinary subject. @param mean of the link */
  offset(mean: number): number;
}

/** The size, to which the counts of the same table are relative. Encoders read it, and no decoder predicts it. */
export interface SizeKind extends LinkedNumbers {
  readonly isSize: true;
}

/** A kind with a likelihood. */
export type LikelihoodKind = MeasuredKind | LevelKind | NumberKind;
export type Kind = LikelihoodKind | SizeKind;

/** The arithmetic in which a link is written: that of numbers, or of an exported graph. */
export interface Arithmetic<T> {
  number(value: number): T;
  log(value: T): T;
  subtract(value: T, subtrahend: T): T;
  divide(value: T, divisor: T): T;
}

interface AnyLink {
  /** The function, for messages. */
  readonly text: string;
  readonly of: (number: number) => number;
  readonly inverse: (value: number) => number;
}

/** A logarithm, which the scale of a column stores. */
interface LogLink extends AnyLink {
  /** Number that is added before the logarithm is taken. */
  readonly logOffset: number;
}

/** Another function, which a scale stores by the name of the kind. */
export interface KindLink extends AnyLink {
  readonly logOffset?: undefined;
  /** Returns the function in an exported graph. */
  exported<T>(number: T, arithmetic: Arithmetic<T>): T;
}

/** A function of the numbers of a column. */
export type Link = LogLink | KindLink;
