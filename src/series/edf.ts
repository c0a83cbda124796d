// Decodes the European Data Format of sleep laboratories and EEG systems: EDF (Kemp et al. 1992) and EDF+ (Kemp &
// Olivan 2003). A header in ASCII precedes records of 16-bit samples, ordered by signal. All claims of the header are
// checked.

import { InputError } from '../errors/errors.js';
import { damagedFile } from '../files/bytes.js';

export interface EdfSignal {
  readonly label: string;
  /** Unit as in the file, such as uV or bpm. */
  readonly unit: string;
  /** Number of samples. */
  readonly count: number;
  /** Returns all samples in the unit, in the order of the records. */
  readonly samples: () => Float64Array;
  /** Returns the seconds from the beginning of the recording to a sample. */
  readonly time: (sample: number) => number;
}

/** Bytes of the first part of the header, and of the part of each signal. */
const HEADER = 256;
const MAX_SIGNALS = 4096;
const ANNOTATIONS = /^EDF Annotations$/;

/** Widths of the fields of a signal, in the order of the file. Each field occurs once for every signal. */
const FIELDS = {
  label: 16,
  transducer: 80,
  unit: 8,
  physicalMin: 8,
  physicalMax: 8,
  digitalMin: 8,
  digitalMax: 8,
  filters: 80,
  samples: 8,
  reserved: 32,
} as const;

type Field = keyof typeof FIELDS;

/** Description of a signal in the header. */
interface Channel {
  readonly label: string;
  readonly unit: string;
  /** Number of samples in a record, and the position of the first. */
  readonly count: number;
  readonly first: number;
  /** Factor from a sample to a value in the unit; `offset` is then added. */
  readonly gain: number;
  readonly offset: number;
}

/**
 * Returns the signals of an EDF or EDF+ file, without annotations.
 *
 * @param path path for errors
 * @throws InputError `damaged-file`, `unsupported-type` (BDF)
 */
export function decodeEdf(bytes: Uint8Array, path: string): EdfSignal[] {
  if (bytes[0] === 0xff) {
    throw new InputError('unsupported-type', `${path} is a BDF file with 24 bits; convert it to EDF`, { path });
  }
  const header = new Header(bytes, path);
  if (header.text(0, 8) !== '0') throw damagedFile(path, 'it does not begin like an EDF file');
  const signals = header.whole(252, 4, 'number of signals', 1, MAX_SIGNALS);
  const start = HEADER * (1 + signals);
  if (bytes.length < start) throw damagedFile(path, `${signals} signals need a header of ${start} bytes`);
  if (header.whole(184, 8, 'size of the header', 0, Infinity) !== start) {
    throw damagedFile(path, `its header claims a size other than the ${start} bytes of ${signals} signals`);
  }
  const records = header.whole(236, 8, 'number of records', 1, Infinity);
  const seconds = header.number(244, 8, 'duration of a record');
  const channels = readChannels(header, signals, path);
  const width = channels.reduce((sum, { count }) => sum + count, 0);
  const needed = start + 2 * width * records;
  if (needed !== bytes.length) {
    throw damagedFile(path, `${records} records need ${needed} bytes, it has ${bytes.length} (cut short?)`);
  }
  if (seconds <= 0) throw damagedFile(path, `a record lasts ${seconds} seconds`);

  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  const onsets = Float64Array.from({ length: records }, (_, record) => record * seconds);
  const hasBreaks = header.text(192, 44).startsWith('EDF+D');
  if (hasBreaks) readOnsets(onsets, { bytes: bytes.subarray(start), channels, width, seconds, path });
  return channels
    .filter(({ label }) => !ANNOTATIONS.test(label))
    .map(({ label, unit, count, first, gain, offset }) => ({
      label,
      unit,
      count: records * count,
      samples: () => {
        const values = new Float64Array(records * count);
        for (let record = 0; record < records; record++) {
          for (let i = 0; i < count; i++) {
            values[record * count + i] = view.getInt16(2 * (record * width + first + i), true) * gain + offset;
          }
        }
        return values;
      },
      time: (sample) => onsets[Math.floor(sample / count)] + ((sample % count) * seconds) / count,
    }));
}

function readChannels(header: Header, signals: number, path: string): Channel[] {
  let first = 0;
  return Array.from({ length: signals }, (_, signal) => {
    const at = (field: Field): [number, number] => {
      let before = HEADER;
      for (const [name, width] of Object.entries(FIELDS)) {
        if (name === field) break;
        before += width * signals;
      }
      return [before + signal * FIELDS[field], FIELDS[field]];
    };
    const label = header.text(...at('label'));
    const what = (name: string): string => `${name} of signal '${label}'`;
    const [low, high] = (['digitalMin', 'digitalMax'] as const).map((end) => header.number(...at(end), what(end)));
    const [from, to] = (['physicalMin', 'physicalMax'] as const).map((end) => header.number(...at(end), what(end)));
    if (low >= high || (from === to && !ANNOTATIONS.test(label))) {
      throw damagedFile(path, `signal '${label}' has a range without width: ${low} to ${high} are ${from} to ${to}`);
    }
    const count = header.whole(...at('samples'), what('samples'), 1, Infinity);
    const gain = (to - from) / (high - low);
    first += count;
    return { label, unit: header.text(...at('unit')), count, first: first - count, gain, offset: from - low * gain };
  });
}

interface Annotated {
  /** Content of all records. */
  readonly bytes: Uint8Array;
  readonly channels: readonly Channel[];
  readonly width: number;
  readonly seconds: number;
  readonly path: string;
}

/** Reads the onset of each record of a recording with breaks from its first annotation (EDF+, section 2.2.4). */
function readOnsets(onsets: Float64Array, { bytes, channels, width, seconds, path }: Annotated): void {
  const annotations = channels.find(({ label }) => ANNOTATIONS.test(label));
  if (!annotations) throw damagedFile(path, 'it has breaks (EDF+D), but no annotations with their times');
  for (let record = 0; record < onsets.length; record++) {
    const from = 2 * (record * width + annotations.first);
    const text = Buffer.from(bytes.subarray(from, from + 2 * annotations.count)).toString('latin1');
    // Onset, 0x14, an annotation without text, 0x14.
    const [time, annotation] = text.split('\x14', 2);
    const onset = annotation === '' && /^[+-]\d+(?:\.\d+)?$/.test(time) ? Number(time) : NaN;
    if (Number.isNaN(onset)) throw damagedFile(path, `record ${record + 1} has no onset`);
    if (record > 0 && onset < onsets[record - 1] + seconds * (1 - 1e-6)) {
      throw damagedFile(path, `record ${record + 1} begins before the end of the previous one`);
    }
    onsets[record] = onset;
  }
}

/** Reader of header fields, which are texts padded with spaces. */
class Header {
  readonly #bytes: Uint8Array;
  readonly #path: string;

  constructor(bytes: Uint8Array, path: string) {
    if (bytes.length < HEADER) throw damagedFile(path, `it has ${bytes.length} bytes, fewer than an EDF header`);
    this.#bytes = bytes;
    this.#path = path;
  }

  text(at: number, width: number): string {
    return Buffer.from(this.#bytes.subarray(at, at + width))
      .toString('latin1')
      .trim();
  }

  number(at: number, width: number, what: string): number {
    const text = this.text(at, width);
    const value = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
    if (Number.isFinite(value)) return value;
    throw damagedFile(this.#path, `its ${what} is '${text}'`);
  }

  whole(at: number, width: number, what: string, min: number, max: number): number {
    const value = this.number(at, width, what);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw damagedFile(this.#path, `its ${what} is ${value}`);
  }
}
