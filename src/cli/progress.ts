// Progress of a fit: a bar on a terminal, a line every few seconds elsewhere, nothing with --json.

import cliProgress from 'cli-progress';
import type { FitProgress } from '../training/part-runner.js';
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
    format: '{part} {bar} epoch {value}/{total}  {status}',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
  });
  let part: string | undefined;
  return {
    update(progress) {
      const shown = { part: partText(progress), status: status(progress) };
      if (part === shown.part) {
        single.update(progress.epoch, shown);
        return;
      }
      if (part !== undefined) single.stop();
      ({ part } = shown);
      single.start(progress.epochs, progress.epoch, shown);
    },
    stop() {
      if (part !== undefined) single.stop();
    },
  };
}

function lines(stream: NodeJS.WriteStream): ProgressPrinter {
  let last = -Infinity;
  let part: string | undefined;
  return {
    update(progress) {
      const now = performance.now();
      const shown = partText(progress);
      if (progress.metrics === undefined || (shown === part && now - last < LINE_EVERY_MS)) return;
      last = now;
      part = shown;
      stream.write(`${shown}  epoch ${progress.epoch}/${progress.epochs}  ${status(progress)}\n`);
    },
    stop() {
      // Nothing was left open.
    },
  };
}

function partText({ part, parts, fold }: FitProgress): string {
  const text = parts.length === 1 ? part : `${part} (${parts.indexOf(part) + 1}/${parts.length})`;
  return fold === undefined ? text : `evidence, half ${fold + 1}: ${text}`;
}

function status({ metrics, stepsPerSecond, secondsLeft, shards }: FitProgress): string {
  const ofAll = shards ? `  ${shards.done} of ${shards.all} shards done` : '';
  const left = Number.isFinite(secondsLeft) ? `  ${duration(secondsLeft)} left` : '';
  const speed = `${stepsPerSecond.toFixed(0)} steps/s${left}${ofAll}`;
  if (!metrics) return speed;
  const objectives = metrics.validation['objective'].map((value) => value ?? Infinity);
  const leader = objectives.indexOf(Math.min(...objectives));
  const terms = Object.entries(metrics.validation).map(
    ([name, values]) => `${name} ${values[leader]?.toFixed(3) ?? '–'}`,
  );
  return `${metrics.stage}  ${terms.join('  ')}  ${speed}`;
}
