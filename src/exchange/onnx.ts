// Encodes ONNX files (github.com/onnx/onnx, onnx.proto) with the messages of opset 17, which every runtime since 2022
// reads.

import { Message } from '../files/protobuf.js';
import { InputError } from '../errors/errors.js';
import { ELEMENT_CODES, type GraphAttribute, type Port, type Tensor, type TensorGraph } from './tensor-graph.js';

const IR_VERSION = 8;
const OPSET = 17;
/** Maximum length of a Protocol Buffers message. */
const MAX_BYTES = 2 ** 31 - 1;

export interface OnnxDescription {
  /** Name of the graph. */
  readonly name: string;
  readonly producer: string;
  readonly version: string;
  readonly text: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Encodes an ONNX file.
 * @throws InputError `cannot-export` for weights of 2 GiB and more
 */
export function encodeOnnx(graph: TensorGraph, { name, producer, version, text, metadata }: OnnxDescription) {
  const bytes = [...graph.tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes > MAX_BYTES) {
    throw new InputError(
      'cannot-export',
      'An ONNX file must be smaller than 2 GiB, but these weights are not. Use --format python.',
    );
  }
  const message = new Message()
    .integer(1, IR_VERSION)
    .bytes(2, producer)
    .bytes(3, version)
    .bytes(6, text)
    .message(7, graphMessage(graph, name))
    .message(8, new Message().bytes(1, '').integer(2, OPSET));
  for (const [key, value] of Object.entries(metadata)) {
    message.message(14, new Message().bytes(1, key).bytes(2, value));
  }
  return message.encode();
}

function graphMessage({ nodes, tensors, inputs, outputs }: TensorGraph, name: string): Message {
  const message = new Message();
  nodes.forEach(({ op, inputs: operands, outputs: results, attributes }, position) => {
    const node = new Message();
    for (const input of operands) node.bytes(1, input);
    for (const output of results) node.bytes(2, output);
    node.bytes(3, `${op}_${position}`).bytes(4, op);
    for (const [key, value] of Object.entries(attributes)) node.message(5, attributeMessage(key, value));
    message.message(1, node);
  });
  message.bytes(2, name);
  for (const [key, tensor] of tensors) message.message(5, tensorMessage(key, tensor));
  for (const port of inputs) message.message(11, portMessage(port));
  for (const port of outputs) message.message(12, portMessage(port));
  return message;
}

/** Codes of AttributeProto.AttributeType. */
const ATTRIBUTE = { float: 1, integer: 2, text: 3, integers: 7 } as const;

function attributeMessage(name: string, value: GraphAttribute): Message {
  const message = new Message().bytes(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, ATTRIBUTE.integer);
  if (typeof value === 'string') return message.bytes(4, value).integer(20, ATTRIBUTE.text);
  if ('float' in value) return message.float(2, value.float).integer(20, ATTRIBUTE.float);
  for (const integer of value) message.integer(8, integer);
  return message.integer(20, ATTRIBUTE.integers);
}

function tensorMessage(name: string, { shape, data }: Tensor): Message {
  const message = new Message();
  for (const extent of shape) message.integer(1, extent);
  return message
    .integer(2, ELEMENT_CODES[elementType(data)])
    .bytes(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function elementType(data: Tensor['data']) {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Float64Array ? 'float64' : 'int64';
}

function portMessage({ name, type, shape }: Port): Message {
  const extents = new Message();
  for (const extent of shape) {
    const one = typeof extent === 'number' ? new Message().integer(1, extent) : new Message().bytes(2, extent);
    extents.message(1, one);
  }
  const tensor = new Message().integer(1, ELEMENT_CODES[type]).message(2, extents);
  return new Message().bytes(1, name).message(2, new Message().message(1, tensor));
}
