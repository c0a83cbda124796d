// Commands as a user's shell would run them: nothing of npm's or Node's settings here is handed on.
import { spawn } from 'node:child_process';

const LIMIT_MS = 15 * 60_000;

/** This environment without what npm and Node were told for this checkout. */
export function clean(more = {}) {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|INTERLATENT_|INIT_CWD$)/i.test(name));
  return { ...Object.fromEntries(own), CI: '1', NO_COLOR: '1', ...more };
}

/**
 * @returns what the command wrote: `{ stdout, stderr }`
 * @throws Error with both when it does not end as `ends` says; by default with 0
 */
export function run(command, args, { cwd, env = {}, ends = 0 } = {}) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env: clean(env), stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
    const out = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8');
      child[stream].on('data', (text) => (out[stream] += text));
    }
    child.on('error', failed);
    child.on('close', (status, signal) => {
      if (status === ends) done(out);
      else failed(new Error(`${command} ${args.join(' ')} ended with ${status ?? signal}\n${out.stdout}${out.stderr}`));
    });
  });
}

export const npm = (args, options) => run('npm', args, options);
export const node = (args, options) => run(process.execPath, args, options);
