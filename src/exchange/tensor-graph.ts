// A graph of ONNX operators. It is written as an ONNX file or as a Python folder. Names of operators and attributes are
// those of opset 17 (onnx.ai/onnx/operators).

export type ElementType = 'float32' | 'float64' | 'int64' | 'bool';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array;
}

/** An attribute. Numbers are whole unless they are given as `float`. */
export type GraphAttribute = number | string | readonly number[] | { readonly float: number };

export interface GraphNode {
  readonly op: string;
  /** Names of values; '' for an omitted input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, GraphAttribute>>;
}

/** An input or output of the graph. */
export interface Port {
  readonly name: string;
  readonly type: ElementType;
  /** Extents; a text names a free extent. */
  readonly shape: readonly (number | string)[];
}

export interface TensorGraph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly nodes: readonly GraphNode[];
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Name of the free extent of every input and output. */
export const SUBJECTS = 'subjects';

export class GraphBuilder {
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #tensors = new Map<string, Tensor>();
  readonly #known = new Map<string, string>();
  #next = 0;

  input(port: Port): string {
    this.#inputs.push(port);
    return port.name;
  }

  output(port: Port, value: string): void {
    this.#nodes.push({ op: 'Identity', inputs: [value], outputs: [port.name], attributes: {} });
    this.#outputs.push(port);
  }

  /**
   * Adds an operator, unless an equal one exists already.
   * @returns the name of the result
   */
  add(op: string, inputs: readonly string[], attributes: GraphNode['attributes'] = {}): string {
    const key = JSON.stringify([op, inputs, attributes]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.#name(op.toLowerCase());
    this.#nodes.push({ op, inputs, outputs: [name], attributes });
    this.#known.set(key, name);
    return name;
  }

  /**
   * Adds a tensor. Equal small tensors are added once.
   * @param name its name, or a prefix if the name is taken
   */
  tensor(tensor: Tensor, name = 'constant'): string {
    const isSmall = tensor.data.length <= 64;
    const key = isSmall ? [tensor.data.constructor.name, tensor.shape.join(), ...tensor.data].join(' ') : undefined;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const unique = this.#tensors.has(name) || name === 'constant' ? this.#name(name) : name;
    this.#tensors.set(unique, tensor);
    if (key !== undefined) this.#known.set(key, unique);
    return unique;
  }

  scalar(value: number): string {
    return this.tensor({ shape: [], data: Float32Array.of(value) });
  }

  doubles(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.tensor({ shape, data: Float64Array.from(values) });
  }

  integers(values: readonly number[]): string {
    return this.tensor({ shape: [values.length], data: BigInt64Array.from(values, BigInt) });
  }

  reshape(value: string, shape: readonly number[]): string {
    return this.add('Reshape', [value, this.integers(shape)]);
  }

  slice(value: string, axis: number, start: number, stop: number): string {
    return this.add('Slice', [value, ...[[start], [stop], [axis]].map((values) => this.integers(values))]);
  }

  concat(values: readonly string[], axis: number): string {
    return values.length === 1 ? values[0] : this.add('Concat', values, { axis });
  }

  cast(value: string, type: ElementType): string {
    return this.add('Cast', [value], { to: ELEMENT_CODES[type] });
  }

  /** Returns the graph with only what the outputs need. */
  build(): TensorGraph {
    const needed = new Set(this.#outputs.map(({ name }) => name));
    const nodes = [...this.#nodes].reverse().filter(({ inputs, outputs }) => {
      const isNeeded = outputs.some((name) => needed.has(name));
      if (isNeeded) for (const name of inputs) needed.add(name);
      return isNeeded;
    });
    const tensors = new Map([...this.#tensors].filter(([name]) => needed.has(name)));
    return { inputs: this.#inputs, outputs: this.#outputs, nodes: nodes.reverse(), tensors };
  }

  #name(prefix: string): string {
    return `${prefix}_${this.#next++}`;
  }
}

/** Codes of TensorProto.DataType. */
export const ELEMENT_CODES: Readonly<Record<ElementType, number>> = { float32: 1, int64: 7, bool: 9, float64: 11 };
