// The thread of a claim's beats.

import { workerData } from 'node:worker_threads';
import { beatOn, type BeatStart } from './beat.js';

beatOn(workerData as BeatStart);
