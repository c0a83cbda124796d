// Runs commands as a user's shell does, without the settings of npm and Node for this checkout.
import { spawn } from 'node:child_process';

const LIMIT_MS = 15 * 60_000;

/** Returns this environment without variables that npm, Node or the package have set. */
export function clean(more = {}) {
  const rest = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|INTERLATENT_|INIT_CWD$)/i.test(name));
  return { ...Object.fromEntries(rest), CI: '1', NO_COLOR: '1', ...more };
}

/**
 * Runs a command and returns its output, `{ stdout, stderr }`.
 * @throws Error with its output if its exit code is not `ends` (default: 0)
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
