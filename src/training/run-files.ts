// The files of a RUN from their bytes, wherever those are kept.

import { InputError } from '../errors.js';
import { decodeSafetensors } from '../files/safetensors.js';
import type { ParameterValues } from '../inference/inference.js';
import { parseSummary } from './run-summary.js';

export const SUMMARY_FILE = 'run.json';
export const WEIGHTS_FILE = 'model.safetensors';

/** A file that was read. */
export interface RunFile {
  /** Named in errors. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** As `parseSummary`, of run.json. @throws InputError `damaged-file` */
export function summaryOf({ path, bytes }: RunFile): ReturnType<typeof parseSummary> {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new InputError('damaged-file', `${path} is not JSON.`, { path }, cause);
  }
  return parseSummary(content, path);
}

/**
 * The weights of model.safetensors.
 * @param fingerprint that run.json says
 * @throws InputError `damaged-file`, `unsupported-type`
 */
export function parametersOf({ path, bytes }: RunFile, fingerprint: string): ParameterValues {
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata['fingerprint'] !== fingerprint) {
    throw new InputError(
      'damaged-file',
      `${path} and run.json are of different fits; fit again, or copy both from one RUN.`,
      { path },
    );
  }
  return new Map(
    [...tensors].map(([name, { shape, data }]) => {
      if (!(data instanceof Float32Array)) {
        throw new InputError('damaged-file', `${path}: tensor '${name}' is not float32.`);
      }
      const odd = data.findIndex((value) => !Number.isFinite(value));
      if (odd >= 0) {
        throw new InputError(
          'damaged-file',
          `${path}: tensor '${name}' holds ${data[odd]} at ${odd}; ` +
            'fit again, or copy the file from where it is whole.',
          { path, tensor: name },
        );
      }
      return [name, { shape, values: data }] as const;
    }),
  );
}
