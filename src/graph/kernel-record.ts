// A kernel's record in a plan, described once: the names, limits and order of its integers and floats, its operands and
// what it counts for profiles. TypeScript writes and reads records through the functions below.
// scripts/build-records.mjs makes the C++ that reads and checks them, and the table in the documentation.

/** A number of a record, or several in sequence. */
export interface Field {
  readonly low: number;
  readonly high: number;
  /** The number is 0 or 1 and stands for a truth value. */
  readonly isFlag?: true;
  /** The number is at most the number of runs of the plan. */
  readonly isRuns?: true;
  /** A float that C++ does not round to single precision. */
  readonly isDouble?: true;
  /** Count of a list, computed from earlier fields. `rest` is everything that follows. */
  readonly count?: string;
  /** Value of a field at the end that may be absent. */
  readonly absent?: string;
}

type Fields = Readonly<Record<string, Field>>;
type ValueOf<F extends Field> = F extends { count: string }
  ? readonly number[]
  : F extends { isFlag: true }
    ? boolean
    : number;
type Value = number | boolean | readonly number[];
export type Values = Readonly<Record<string, Value | undefined>>;

/** An operand, contiguous unless it has `strides` or `along`. */
export interface OperandRow {
  /** `words` are int32; `values` are those of a data set, of any type. */
  readonly access: 'reads' | 'writes' | 'words' | 'values';
  /** Extents as expressions of fields. If an operand has none, C++ code in native/records reads all operands. */
  readonly shape?: readonly string[];
  /** Shape of a second part, which follows the first one. */
  readonly and?: readonly string[];
  readonly strides?: readonly string[];
  /** List of strides along the list `dims` of leading dimensions, at every position of which it is contiguous. */
  readonly along?: string;
  /** The operand exists only if this flag is set. */
  readonly where?: string;
}

const BACKENDS = ['cpu', 'cuda', 'webgpu'] as const;
export type Backend = (typeof BACKENDS)[number];

/**
 * A kernel. Expressions have the syntax of C++ and TypeScript: names of fields, numbers, + − * /, parentheses, elements
 * of lists, `product` of a list, and `min`.
 */
export interface KernelRow<I extends Fields = Fields, F extends Fields = Fields> {
  readonly name: string;
  /** Backends that have it. Default: all. */
  readonly backends?: readonly Backend[];
  /** The function make_… that prepares it in native/kernels and cuda/kernels. Default: the name. */
  readonly family?: string;
  /** The C++ structure, which kernels with the same numbers may share. Default: the family. */
  readonly struct?: string;
  /** Value of `result` in the C++ structure if a family has several results. */
  readonly result?: string;
  /** True if C++ adds to the structure: derived numbers and further checks (native/records). */
  readonly extended?: true;
  /** Numbers of the record, in the order of a plan. */
  readonly ints: I;
  readonly floats: F;
  /** Operands in the order of a plan: the written ones first. */
  readonly operands: Readonly<Record<string, OperandRow>>;
  /** What fields must fulfil, as C++ expressions, with the message if they do not. */
  readonly requires?: Readonly<Record<string, string>>;
  /** Floating-point operations in one block, for profiles. Default: they are not counted. */
  readonly flops?: string;
}

const MAX_INTEGER = 2 ** 56;
const MAX_POSITION = 2 ** 31 - 1;
/** Maximum of dimensions that lead those of a kernel. */
const MAX_RANK = 8;

export const between = (low: number, high: number) => ({ low, high });
/** An extent of a tensor. */
export const size = between(1, MAX_INTEGER);
/** An extent within 2³¹, which keeps positions far from overflow. */
export const extent = between(1, MAX_POSITION);
export const stride = between(0, MAX_INTEGER);
export const flag = { low: 0, high: 1, isFlag: true } as const;
/** Whole numbers that count the runs of a plan, or some of them. */
export const runsOfPlan = { low: 1, high: MAX_INTEGER, isRuns: true } as const;
export const real = between(-Infinity, Infinity);
/** A float in double precision. */
export const precise = { ...real, isDouble: true } as const;
export const list = <F extends Field>(count: string, field: F) => ({ ...field, count });

/** Leading dimensions, along which the three operands have strides. */
export const leading = {
  rank: between(0, MAX_RANK),
  dims: list('rank', size),
  outStrides: list('rank', stride),
  firstStrides: list('rank', stride),
  secondStrides: list('rank', stride),
};

export const reads = (...shape: string[]): OperandRow => ({ access: 'reads', shape });
export const writes = (...shape: string[]): OperandRow => ({ access: 'writes', shape });

/** Describes a kernel. */
export const kernel = <const I extends Fields, const F extends Fields>(row: KernelRow<I, F>): KernelRow<I, F> => row;

/** Values of a record's numbers by name. */
export type RecordOf<K extends Pick<KernelRow, 'ints' | 'floats'>> = {
  readonly [N in keyof K['ints']]: ValueOf<K['ints'][N]>;
} & { readonly [N in keyof K['floats']]: ValueOf<K['floats'][N]> };

/** The same without the numbers that may be absent. */
export type Written<K extends Pick<KernelRow, 'ints' | 'floats'>> = {
  readonly [N in keyof RecordOf<K> as IsOptional<K, N> extends true ? never : N]: RecordOf<K>[N];
} & { readonly [N in keyof RecordOf<K> as IsOptional<K, N> extends true ? N : never]?: RecordOf<K>[N] };
type IsOptional<K extends Pick<KernelRow, 'ints'>, N> = N extends keyof K['ints']
  ? K['ints'][N] extends { absent: string }
    ? true
    : false
  : false;

type Numbers = Pick<KernelCall, 'ints' | 'floats'>;

export interface KernelCall {
  readonly name: string;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
}

/** Returns name and numbers of a kernel call. */
export function call<K extends KernelRow>(row: K, values: Written<NoInfer<K>>): KernelCall {
  return { name: row.name, ...written<K>(row, values) };
}

/** Returns the numbers of a kernel call. */
export function written<K extends Pick<KernelRow, 'ints' | 'floats'>>(row: K, values: Written<NoInfer<K>>): Numbers {
  const numbers = (fields: Fields): number[] =>
    Object.keys(fields).flatMap((name) => [(values as Values)[name] ?? []].flat().map(Number));
  return { ints: numbers(row.ints), floats: numbers(row.floats) };
}

/** Returns the numbers of a kernel call by name. */
export function recordOf<K extends Pick<KernelRow, 'ints' | 'floats'>>(row: K, { ints, floats }: Numbers): RecordOf<K> {
  const values: Record<string, Value> = {};
  const read = (fields: Fields, numbers: readonly number[]): void => {
    let at = 0;
    for (const [name, { count, isFlag, absent }] of Object.entries(fields)) {
      if (count !== undefined) {
        const end = count === 'rest' ? numbers.length : at + evaluate(count, values);
        values[name] = numbers.slice(at, end);
        at = end;
      } else if (absent !== undefined && at >= numbers.length) {
        values[name] = evaluate(absent, values);
      } else {
        const value = numbers[at++];
        values[name] = isFlag ? value === 1 : value;
      }
    }
  };
  read(row.ints, ints);
  read(row.floats, floats);
  return values as RecordOf<K>;
}

/** Returns the floating-point operations of a kernel call in one block. */
export const flopsOf = (row: KernelRow, numbers: Numbers): number =>
  row.flops === undefined ? 0 : evaluate(row.flops, recordOf(row, numbers));

type Operator = (a: number, b: number) => number;

const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1);

/** Returns the value of an expression of fields. */
export function evaluate(expression: string, values: Values): number {
  const tokens = expression.match(/\w+|[-+*/()[\],]/g) ?? [];
  let at = 0;
  const takes = (token: string): boolean => tokens[at] === token && ++at > 0;
  const inside = (): number => {
    const value = sum();
    at++;
    return value;
  };
  const atom = (): number => {
    if (takes('(')) return inside();
    const token = tokens[at++];
    if (/^\d/.test(token)) return Number(token);
    if (token === 'product' && takes('(')) return product(values[tokens[(at += 2) - 2]] as readonly number[]);
    if (token === 'min' && takes('(')) return Math.min(inside(), inside());
    const value = values[token];
    if (takes('[')) return (value as readonly number[])[inside()];
    return Number(value);
  };
  const terms = (next: () => number, operations: Readonly<Partial<Record<string, Operator>>>): number => {
    let value = next();
    for (let operator = operations[tokens[at]]; operator; operator = operations[tokens[at]]) {
      at++;
      value = operator(value, next());
    }
    return value;
  };
  const factors = (): number => terms(atom, { '*': (a, b) => a * b, '/': (a, b) => a / b });
  const sum = (): number => terms(factors, { '+': (a, b) => a + b, '-': (a, b) => a - b });
  return sum();
}

export const isOn = ({ backends = BACKENDS }: KernelRow, backend: Backend): boolean => backends.includes(backend);
