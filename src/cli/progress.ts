// Progress of a fit: a bar on a terminal, a line every few seconds elsewhere, nothing with --json.

import cliProgress from 'cli-progress';
import type { FitProgress } from '../training/fit.js';
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
    format: '{bar} epoch {value}/{total}  {status}',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
  });
  let started = false;
  return {
    update(progress) {
      if (!started) single.start(progress.epochs, progress.epoch, { status: '' });
      started = true;
      single.update(progress.epoch, { status: status(progress) });
    },
    stop() {
      if (started) single.stop();
    },
  };
}

function lines(stream: NodeJS.WriteStream): ProgressPrinter {
  let last = -Infinity;
  return {
    update(progress) {
      const now = performance.now();
      if (progress.metrics === undefined || now - last < LINE_EVERY_MS) return;
      last = now;
      stream.write(`epoch ${progress.epoch}/${progress.epochs}  ${status(progress)}\n`);
    },
    stop() {
      // Nothing was left open.
    },
  };
}

function status({ metrics, stepsPerSecond, secondsLeft }: FitProgress): string {
  const speed = `${stepsPerSecond.toFixed(0)} steps/s  ${duration(secondsLeft)} left`;
  if (!metrics) return speed;
  const objectives = metrics.validation['objective'].map((value) => value ?? Infinity);
  const leader = objectives.indexOf(Math.min(...objectives));
  const best = (name: string): string => metrics.validation[name][leader]?.toFixed(3) ?? '–';
  return `${metrics.stage}  reconstruction ${best('reconstruction')}  KL ${best('independence')}  objective ${best('objective')}  ${speed}`;
}
