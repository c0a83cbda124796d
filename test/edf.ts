// Writes EDF files by the specification (Kemp et al. 1992; EDF+ 2003).

export interface EdfSignalText {
  readonly label: string;
  readonly unit?: string;
  readonly physical: readonly [number | string, number | string];
  readonly digital?: readonly [number | string, number | string];
  /** Number of samples of a record. */
  readonly count: number | string;
  /** All samples by record; for annotations the bytes, two per sample. */
  readonly samples: readonly number[];
}

export interface EdfText {
  readonly signals: readonly EdfSignalText[];
  readonly records: number | string;
  /** Duration of a record in seconds. */
  readonly seconds?: number | string;
  readonly version?: string;
  readonly headerBytes?: number | string;
  readonly signalCount?: number | string;
  /** EDF+C, EDF+D, or empty for plain EDF. */
  readonly kind?: string;
}

const field = (value: number | string, width: number): string => String(value).padEnd(width).slice(0, width);

export function edf({ signals, records, seconds = 1, version = '0', kind = '', ...header }: EdfText): Buffer {
  const { headerBytes = 256 * (signals.length + 1), signalCount = signals.length } = header;
  const main =
    field(version, 8) +
    field('X F X Somebody', 80) +
    field('Startdate 02-MAR-2002', 80) +
    field('02.03.02', 8) +
    field('22.10.00', 8) +
    field(headerBytes, 8) +
    field(kind, 44) +
    field(records, 8) +
    field(seconds, 8) +
    field(signalCount, 4);
  const each = (text: (signal: EdfSignalText) => string): string => signals.map(text).join('');
  const details =
    each(({ label }) => field(label, 16)) +
    each(() => field('AgAgCl electrode', 80)) +
    each(({ unit = 'uV' }) => field(unit, 8)) +
    each(({ physical }) => field(physical[0], 8)) +
    each(({ physical }) => field(physical[1], 8)) +
    each(({ digital = [-2048, 2047] }) => field(digital[0], 8)) +
    each(({ digital = [-2048, 2047] }) => field(digital[1], 8)) +
    each(() => field('HP:0.1Hz LP:75Hz', 80)) +
    each(({ count }) => field(count, 8)) +
    each(() => field('', 32));
  const parts = [Buffer.from(main + details, 'latin1')];
  const written = Math.max(0, ...signals.map(({ samples, count }) => samples.length / Number(count) || 0));
  for (let record = 0; record < written; record++) {
    for (const { samples, count } of signals) {
      const values = samples.slice(record * Number(count), (record + 1) * Number(count));
      const bytes = Buffer.alloc(2 * values.length);
      values.forEach((sample, i) => bytes.writeInt16LE(sample, 2 * i));
      parts.push(bytes);
    }
  }
  return Buffer.concat(parts);
}

/** Returns the annotation signal of an EDF+ file whose records begin at these seconds. */
export function onsets(times: readonly (number | string)[]): EdfSignalText {
  const count = 16;
  const samples = times.flatMap((time) => {
    const bytes = Buffer.alloc(2 * count);
    bytes.write(`${Number(time) < 0 ? '' : '+'}${time}\x14\x14\0`, 'latin1');
    return Array.from({ length: count }, (_, i) => bytes.readInt16LE(2 * i));
  });
  return { label: 'EDF Annotations', unit: '', physical: [-1, 1], digital: [-32768, 32767], count, samples };
}
