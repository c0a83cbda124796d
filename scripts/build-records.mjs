// Writes native/generated from the descriptions of kernel records (src/graph/kernel-record.ts): the structures of records, the
// code that reads and checks them, and the list of kernels. CMake calls it in a checkout; packages contain its output.
// Files that would not change are not written, so that nothing is compiled again.
// With --table it prints a table for the documentation instead.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'native/generated');
const { outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/compile/kernels.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
  logLevel: 'warning',
});
const bundle = Buffer.from(outputFiles[0].contents).toString('base64');
const { KERNELS } = await import(`data:text/javascript;base64,${bundle}`);
const rows = [...KERNELS.values()];

const snake = (name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
const upper = (name) => name[0].toUpperCase() + name.slice(1);
const familyOf = ({ name, family = name }) => snake(family);
const structOf = (row) => `${upper(row.struct ?? row.family ?? row.name)}${row.extended ? 'Fields' : 'Record'}`;
/** Returns an expression for int64_t. */
const integer = (text) => text.replace(/[A-Za-z]\w*/g, (word) => (word === 'min' ? 'std::min<int64_t>' : snake(word)));

/** Returns an expression for double, in which no product overflows. */
const double = (text) =>
  text
    .replace(/product\((\w+)\)/g, (_, name) => `product_of ${name} `)
    .replace(/\b\d+\b(?!\])/g, (number) => `${number}.0`)
    .replace(/(product_of )?\b([A-Za-z]\w*)( |\[\d\])?/g, (all, isProduct, name, rest = '') => {
      if (name === 'product_of') return all;
      if (name === 'min') return `std::min<double>`;
      return `static_cast<double>(${isProduct ? `in.product(${snake(name)})` : `${snake(name)}${rest.trim()}`})`;
    });

function declarationOf([name, { count, isFlag, isDouble }], isFloat) {
  const type = isFloat ? (isDouble ? 'double' : 'float') : isFlag ? 'bool' : 'int64_t';
  return count === undefined ? `  ${type} ${snake(name)}{};` : `  std::vector<${type}> ${snake(name)};`;
}

/** Returns a whole number as a literal of C++. */
const limit = (value) => `${BigInt(value)}${Math.abs(value) >= 2 ** 31 ? 'LL' : ''}`;

function readInteger([name, { low, high, isFlag, isRuns, count, absent }]) {
  const limits = `"${name}", ${limit(low)}, ${isRuns ? 'in.plan().runs' : limit(high)}`;
  const target = snake(name);
  if (count === 'rest') return `  ${target} = in.remaining_integers(${limits});`;
  if (count !== undefined) return `  ${target} = in.integers(${integer(count)}, ${limits});`;
  const read = `in.integer(${limits})${isFlag ? ' == 1' : ''}`;
  return `  ${target} = ${absent === undefined ? read : `in.has_integers() ? ${read} : ${integer(absent)}`};`;
}

/** Returns statements that read the floats, in order. */
function readFloats(floats) {
  const lists = Object.values(floats).some(({ count }) => count !== undefined);
  const lines = lists ? [] : [`  in.expect_reals(${Object.keys(floats).length});`];
  for (const [name, { count, isDouble }] of Object.entries(floats)) {
    const type = isDouble ? 'double' : 'float';
    const next = `static_cast<${type}>(in.next_real())`;
    const size = count === 'rest' ? 'in.remaining_reals()' : count && integer(count);
    lines.push(
      ...(count === undefined
        ? [`  ${snake(name)} = ${next};`]
        : [`  for (int64_t i = ${size}; i > 0; i--) ${snake(name)}.push_back(${next});`]),
    );
  }
  return lists ? [...lines, '  in.end_of_reals();'] : lines;
}

function readOperand([name, { access, shape, and, strides, along, where }]) {
  const dims = (parts) => `{${parts.map(integer).join(', ')}}`;
  const target = snake(name);
  const layout = strides
    ? `, ${dims(shape)}, ${dims(strides)}`
    : along
      ? `, joined(dims, in.product(${dims(shape)})), joined(${snake(along)}, 1)`
      : and
        ? `, {in.product(${dims(shape)}) + in.product(${dims(and)})}`
        : `, ${dims(shape)}`;
  const read = {
    reads: `${target} = in.take(next++${layout});`,
    writes: `${target} = in.take_written(next++${layout}, written);`,
    words: `${target} = in.take_words(next++${layout});`,
    values: `${target}_type = in.data_set(next++, in.product(${dims(shape)}), &${target});`,
  }[access];
  if (where === undefined) return [`  ${read}`];
  return [`  if (${snake(where)}) {`, `    ${target}_operand = next;`, `    ${read}`, '  }'];
}

function readOperands({ operands, result, flops }) {
  const all = Object.entries(operands);
  const lines = result === undefined ? [] : [`  result = ${result};`];
  if (all.every(([, { shape }]) => shape)) {
    const flags = all.filter(([, { where }]) => where).map(([, { where }]) => ` + size_t{${snake(where)}}`);
    const count = `size_t{${all.length - flags.length}}${flags.join('')}`;
    lines.push('  size_t next = 0;', `  in.expect_operands(${count}, ${count});`, ...all.flatMap(readOperand));
  }
  return flops === undefined ? lines : [...lines, `  flops = ${double(flops)};`];
}

/** Returns a declaration per operand that some kernels of the structure have. */
function pointers(kernels) {
  const lines = new Map();
  for (const { operands } of kernels) {
    for (const [name, { access, shape, where }] of Object.entries(operands)) {
      if (shape === undefined) continue;
      const type = access === 'writes' ? 'float*' : access === 'words' ? 'const int32_t*' : 'const float*';
      lines.set(name, `  ${type} ${snake(name)} = nullptr;`);
      if (where) lines.set(`${name}Operand`, `  size_t ${snake(name)}_operand = 0;`);
      if (access === 'values') lines.set(`${name}Type`, `  DataType ${snake(name)}_type = DataType::kFloat32;`);
    }
  }
  return [...lines.values()];
}

const structs = new Map();
for (const row of rows) structs.set(structOf(row), [...(structs.get(structOf(row)) ?? []), row]);

function structure(name, kernels) {
  const [{ ints, result }] = kernels;
  const floats = Object.assign({}, ...kernels.map((row) => row.floats));
  return [
    `// Of ${kernels.map((row) => row.name).join(', ')}.`,
    `struct ${name} : Record {`,
    `  explicit ${name}(RecordReader& in);`,
    ...(result === undefined ? [] : [`  ${result.split('::')[0]} result{};`]),
    ...Object.entries(ints).map((field) => declarationOf(field, false)),
    ...Object.entries(floats).map((field) => declarationOf(field, true)),
    ...pointers(kernels),
    '};',
  ].join('\n');
}

function reader(name, kernels) {
  const [{ ints }] = kernels;
  const ofKernel = (row) => [
    ...readFloats(row.floats),
    ...Object.entries(row.requires ?? {}).flatMap(([condition, message]) => [
      `  if (!(${integer(condition)})) in.refuse("${message}");`,
    ]),
    ...readOperands(row),
  ];
  const branches = kernels.map((row) => [`  if (in.kernel() == "${row.name}") {`, ...ofKernel(row), '  }']);
  return [
    `${name}::${name}(RecordReader& in) {`,
    ...Object.entries(ints).map(readInteger),
    '  in.end_of_integers();',
    ...(kernels.length === 1 ? ofKernel(kernels[0]) : branches.flat()),
    '}',
  ].join('\n');
}

const HEAD = '// Made by scripts/build-records.mjs from the descriptions of kernels in src.';
const header = `${HEAD}
#pragma once

#include <cstdint>
#include <vector>

#include "finite.h"
#include "kinds.h"
#include "profile.h"

namespace interlatent {

class RecordReader;

struct Record {
  std::vector<WrittenTensor> written;
  // Floating-point operations of one block, for profiles; 0 if they are not
  // counted.
  double flops = 0;
  std::vector<MovedElements> moved;
};

${[...structs].map(([name, kernels]) => structure(name, kernels)).join('\n\n')}

}  // namespace interlatent
`;
const source = `${HEAD}
#include "generated/records.h"

#include <algorithm>
#include <cmath>

#include "record_reader.h"

namespace interlatent {
namespace {

using std::isfinite;

[[maybe_unused]] std::vector<int64_t> joined(std::vector<int64_t> values, int64_t last) {
  values.push_back(last);
  return values;
}

}  // namespace

${[...structs].map(([name, kernels]) => reader(name, kernels)).join('\n\n')}

}  // namespace interlatent
`;

function definition(row) {
  const { name, backends = ['cpu', 'cuda'] } = row;
  const [cpu, cuda] = ['cpu', 'cuda'].map((backend) => backends.includes(backend));
  const where = cpu && cuda ? 'ALL' : cpu ? 'CPU' : 'CUDA';
  return `IL_KERNEL(${where}, ${name}, ${familyOf(row)})`;
}
const definitions = `${HEAD} A registry defines
// IL_KERNEL(backends, name, family) and includes this list once for each use of its rows. make_<family> prepares the
// kernel in native/kernels and cuda/kernels; backends are ALL, CPU or CUDA.
${rows.map(definition).join('\n')}
`;

function table() {
  const code = (texts) => texts.map((text) => `\`${text}\``).join(', ');
  const numbers = (fields) =>
    code(
      Object.entries(fields).map(([name, { count, absent }]) =>
        count === undefined ? `${name}${absent === undefined ? '' : ` (or ${absent})`}` : `${name}[${count}]`,
      ),
    );
  const operand = ([name, { access, shape = [], where }]) =>
    `${name}${shape.length === 0 ? '' : ` [${shape.join(', ')}]`}${access === 'reads' ? '' : ` ${access}`}` +
    `${where === undefined ? '' : ` if ${where}`}`;
  const cells = rows.map(({ name, backends = ['all'], ints, floats, operands, flops = '' }) => [
    `\`${name}\``, backends.join(', '), numbers(ints), numbers(floats),
    code(Object.entries(operands).map(operand)), code(flops === '' ? [] : [flops]),
  ]);
  const head = ['kernel', 'backends', 'integers', 'floats', 'operands', 'floating-point operations'];
  return [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const files = { 'records.h': header, 'records.cc': source, 'kernels.def': definitions };
if (process.argv[2] === '--table') {
  console.log(`# Kernel records\n\n[Kernels](../../explanation/kernels.md) says what they compute.\n\n${table()}`);
} else {
  mkdirSync(FOLDER, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    const path = join(FOLDER, file);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  }
}
