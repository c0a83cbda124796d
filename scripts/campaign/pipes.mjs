// The output of a command is not read to its end, is closed, or goes to a full disk. Every command ends without a
// message and with its usual exit code, or with one coded error if the disk lost its output.
import { join } from 'node:path';
import { badEnd, errorCode, interlatent } from './process.mjs';
import { freshFolder, workshop } from './workshop.mjs';

const READERS = {
  'into head': '"$@" | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}',
  'into true': '"$@" | true; exit ${PIPESTATUS[0]}',
};
const CLOSED = { 'closed output': 'exec "$@" >&-', 'both into true': '"$@" 2>&1 | true; exit ${PIPESTATUS[0]}' };
const FULL = 'exec "$@" >/dev/full';

export async function pipes({ folder, quick, outcome }) {
  const { run, study, data, commands } = await workshop(folder);
  const out = freshFolder(folder);
  const truth = join(data, 'truth.npz');
  const all = {
    help: ['--help'],
    devices: ['devices'],
    inspect: ['inspect', study],
    'inspect --json': ['inspect', study, '--json'],
    graph: ['graph', run, '--format', 'svg'],
    evaluate: ['evaluate', run, '--truth', truth],
    intervene: ['intervene', run, '--set', 'm1.z1=+1sd', '--draws', '100'],
    discover: commands.discover(out),
    encode: commands.encode(out),
    select: commands.select(out),
    report: ['report', run, '--out', join(out, 'report.html')],
    'study run': commands['study run'](out),
  };
  for (const [name, args] of Object.entries(all).slice(0, quick ? 3 : undefined)) {
    const { code: usual } = await interlatent(args);
    for (const [how, script] of Object.entries({ ...READERS, ...CLOSED })) {
      const result = await interlatent(args, { wrap: ['bash', '-c', script, 'piped'] });
      const problem = result.code === usual ? badEnd(result) : `exit ${result.code} instead of ${usual}: ${result.err}`;
      outcome.note(`${name}, ${how}`, problem);
    }
    const full = await interlatent(args, { wrap: ['bash', '-c', FULL, 'full'] });
    const isReported = errorCode(full) === 'disk-full' && full.code === 1;
    outcome.note(`${name} to a full disk`, usual !== 0 || isReported ? badEnd(full) : `exit ${full.code}: ${full.err}`);
  }
}
