// Entry point of the thread that writes the heartbeats of a lease.

import { workerData } from 'node:worker_threads';
import { runHeartbeats, type HeartbeatStart } from './lease-renewal.js';

runHeartbeats(workerData as HeartbeatStart);
