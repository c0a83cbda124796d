// interlatent simulate light-tunnel --out DIR: simulates the light tunnel of Gamella, Bing, and Runge.

import { Option, type Command } from 'commander';
import { InputError } from '../errors/errors.js';
import type { SimulationFormat } from '../simulation/files.js';
import { writeLightTunnel } from '../simulation/light-tunnel/files.js';
import {
  simulateLightTunnel,
  TUNNEL_MODALITIES,
  type LightTunnelOptions,
} from '../simulation/light-tunnel/light-tunnel.js';
import { TUNNEL_GRAPH } from '../simulation/light-tunnel/settings.js';
import { print, printJson } from './output.js';
import { wholeNumber } from './settings.js';

export const LIGHT_TUNNEL = 'light-tunnel';

/** Options that the light tunnel has in common with the cases. */
const COMMON: readonly string[] = [
  'seed',
  'samples',
  'test',
  'measurementNoise',
  'knownTargets',
  'out',
  'format',
  'json',
];
/** Options that only the light tunnel has. */
const OPTIONS = ['modalities', 'imageSize'] as const;

export function withTunnelOptions(command: Command): Command {
  return command
    .optionsGroup(`The case ${LIGHT_TUNNEL}:`)
    .addOption(
      new Option(
        '--modalities <division>',
        'Modalities: all sensors as one, as blocks (light, each angle), or these and a camera (default: blocks).',
      ).choices(TUNNEL_MODALITIES),
    )
    .option(
      '--image-size <pixels>',
      'Height and width of the images (default: 64).',
      wholeNumber('--image-size', 8, 256),
    );
}

/** @throws InputError `invalid-option` for options of the light tunnel with another case */
export function checkNoTunnelOptions(command: Command): void {
  const misplaced = OPTIONS.find((name) => command.getOptionValue(name) !== undefined);
  if (misplaced !== undefined) throw misplacedOption(command, misplaced, `belongs to ${LIGHT_TUNNEL}`);
}

/** Simulates and writes the light tunnel. @throws InputError `invalid-option` for options of other cases */
export async function simulateTunnel(
  command: Command,
  { out, format, json, samples, test, ...flags }: LightTunnelOptions & TunnelOutput,
): Promise<void> {
  const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli';
  const known = [...COMMON, ...OPTIONS];
  const misplaced = command.options
    .map((option) => option.attributeName())
    .find((name) => isGiven(name) && !known.includes(name));
  if (misplaced !== undefined) throw misplacedOption(command, misplaced, `does not belong to ${LIGHT_TUNNEL}`);
  const { seed, measurementNoise, knownTargets, modalities, imageSize } = flags;
  const tunnel = simulateLightTunnel({
    seed,
    measurementNoise,
    knownTargets,
    modalities,
    imageSize,
    // The defaults of the flags are those of the other cases.
    ...(isGiven('samples') && { samples }),
    ...(isGiven('test') && { test }),
  });
  const files = await writeLightTunnel(tunnel, out, { format });
  const edges = TUNNEL_GRAPH.reduce((sum, edge) => sum + edge, 0);
  const names = [...(tunnel.colours ? ['camera'] : []), ...tunnel.tables.map(({ name }) => name)];
  if (json) {
    printJson({ case: LIGHT_TUNNEL, subjects: tunnel.ids.length, modalities: names.length, edges, files });
    return;
  }
  print(`${LIGHT_TUNNEL}: ${tunnel.ids.length} subjects, ${names.join(', ')}, ${edges} edges`);
  print(`Written to ${out}. Next: interlatent fit ${out}/study.yaml --out runs/${LIGHT_TUNNEL}`);
}

interface TunnelOutput {
  readonly out: string;
  readonly format: SimulationFormat;
  readonly json?: boolean;
}

function misplacedOption(command: Command, name: string, problem: string): InputError {
  const flag = command.options.find((option) => option.attributeName() === name)?.long ?? name;
  return new InputError('invalid-option', `${flag} ${problem}. Leave it out`, { option: name });
}
