// The thread of a lease's heartbeats.

import { workerData } from 'node:worker_threads';
import { keepBeating, type HeartbeatStart } from './heartbeat.js';

keepBeating(workerData as HeartbeatStart);
