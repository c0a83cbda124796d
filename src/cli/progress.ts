// Progress of a fit: a bar on a terminal, a line every few seconds elsewhere, nothing with --json. Programs ask for
// lines of JSON with --progress json.

import cliProgress from 'cli-progress';
import { Option } from 'commander';
import type { FitProgress } from '../training/stage-runner.js';
import { duration } from './output.js';

const LINE_EVERY_MS = 5000;
const JSON_EVERY_MS = 100;

const PROGRESS_FORMATS = ['text', 'json'] as const;

/** Returns the option `--progress`. */
export function progressOption(): Option {
  return new Option(
    '--progress <format>',
    'Report progress on the standard error stream as text, or as a line of JSON at a time (default: text, and ' +
      'nothing with --json).',
  ).choices(PROGRESS_FORMATS);
}

export interface ProgressFlags {
  readonly progress?: (typeof PROGRESS_FORMATS)[number];
  readonly json?: boolean;
}

export interface ProgressPrinter {
  update(progress: FitProgress): void;
  stop(): void;
}

export function progressPrinter(stream: NodeJS.WriteStream): ProgressPrinter {
  return stream.isTTY ? bar(stream) : lines(stream);
}

/** Returns the printer that the flags of a command ask for, if any. */
export function requestedProgress({ progress, json }: ProgressFlags): ProgressPrinter | undefined {
  if (progress === 'json') return jsonLines(process.stderr);
  return progress === undefined && json ? undefined : progressPrinter(process.stderr);
}

/** Prints `{"progress":{…}}` for every stage, and every 100 ms. The clients of other languages read these lines. */
function jsonLines(stream: NodeJS.WriteStream): ProgressPrinter {
  let last = -Infinity;
  let shownStage: string | undefined;
  return {
    update({ fold, stage, stages, epoch, epochs, stepsPerSecond, secondsLeft, metrics, shards }) {
      const now = performance.now();
      const name = `${fold ?? ''} ${stage}`;
      if (name === shownStage && now - last < JSON_EVERY_MS) return;
      last = now;
      shownStage = name;
      const objective = bestObjective(metrics);
      const shown = {
        ...(fold !== undefined && { fold }),
        ...{ stage, stageNumber: stages.indexOf(stage) + 1, stages: stages.length, epoch, epochs },
        ...(Number.isFinite(stepsPerSecond) && { stepsPerSecond }),
        ...(Number.isFinite(secondsLeft) && { secondsLeft }),
        ...(objective !== undefined && { objective }),
        ...(shards && { shards }),
      };
      stream.write(`${JSON.stringify({ progress: shown })}\n`);
    },
    stop() {
      // No line is open.
    },
  };
}

function bar(stream: NodeJS.WriteStream): ProgressPrinter {
  const single = new cliProgress.SingleBar({
    stream,
    format: '{stage} {bar} {value}/{total}  {status}',
    barsize: 12,
    hideCursor: true,
    clearOnComplete: true,
  });
  let stage: string | undefined;
  return {
    update(progress) {
      const shown = { stage: stageText(progress), status: status(progress) };
      if (stage === shown.stage) {
        single.update(progress.epoch, shown);
        return;
      }
      if (stage !== undefined) single.stop();
      ({ stage } = shown);
      single.start(progress.epochs, progress.epoch, shown);
    },
    stop() {
      if (stage !== undefined) single.stop();
    },
  };
}

function lines(stream: NodeJS.WriteStream): ProgressPrinter {
  let last = -Infinity;
  let stage: string | undefined;
  return {
    update(progress) {
      const now = performance.now();
      const shown = stageText(progress);
      if (progress.metrics === undefined || (shown === stage && now - last < LINE_EVERY_MS)) return;
      last = now;
      stage = shown;
      stream.write(`${shown}  epoch ${progress.epoch}/${progress.epochs}  ${status(progress)}\n`);
    },
    stop() {
      // No line is open.
    },
  };
}

function stageText({ stage, stages, fold }: FitProgress): string {
  const text = stages.length === 1 ? stage : `${stage} (${stages.indexOf(stage) + 1}/${stages.length})`;
  return fold === undefined ? text : `cross-fit ${fold + 1}: ${text}`;
}

/** Returns the time left first, because a narrow terminal cuts the end of a line. */
function status({ metrics, stepsPerSecond, secondsLeft, shards }: FitProgress): string {
  const left = Number.isFinite(secondsLeft) ? [`${duration(secondsLeft)} left`] : [];
  const ofAll = shards ? [`${shards.done} of ${shards.all} shards`] : [];
  const best = bestObjective(metrics);
  const objective = best === undefined ? [] : [`objective ${best.toFixed(3)}`];
  return [...left, ...ofAll, ...objective, `${stepsPerSecond.toFixed(0)} steps/s`].join('  ');
}

/** Returns the best validation objective of all restarts, if it is known. */
function bestObjective(metrics: FitProgress['metrics']): number | undefined {
  const objectives = metrics?.validation['objective'].map((value) => value ?? Infinity) ?? [];
  const best = Math.min(...objectives);
  return Number.isFinite(best) ? best : undefined;
}
