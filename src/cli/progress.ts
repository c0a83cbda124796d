// Progress of a fit: a bar on a terminal, a line every few seconds elsewhere, nothing with --json.

import cliProgress from 'cli-progress';
import type { FitProgress } from '../training/stage-runner.js';
import { duration } from './output.js';

const LINE_EVERY_MS = 5000;

export interface ProgressPrinter {
  update(progress: FitProgress): void;
  stop(): void;
}

export function progressPrinter(stream: NodeJS.WriteStream): ProgressPrinter {
  return stream.isTTY ? bar(stream) : lines(stream);
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
  const objectives = metrics?.validation['objective'].map((value) => value ?? Infinity) ?? [];
  const best = Math.min(...objectives);
  const objective = Number.isFinite(best) ? [`objective ${best.toFixed(3)}`] : [];
  return [...left, ...ofAll, ...objective, `${stepsPerSecond.toFixed(0)} steps/s`].join('  ');
}
