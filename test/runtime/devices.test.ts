// Devices: which exist, what is missing, and that nothing falls back silently. Broken drivers and libraries are small C
// programs that are compiled here, so that all messages are tested without a GPU.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { probeCuda } from '../../src/runtime/cuda-probe.js';
import { chooseDevice } from '../../src/runtime/device.js';
import { devices, type DeviceReport } from '../../src/runtime/devices.js';
import { simulate, writeSimulation } from '../../src/index.js';
import { commandHere, type CommandResult } from '../fixtures/command-here.js';
import { withEnvironment } from '../fixtures/environment.js';

const root = join(import.meta.dirname, '../..');

/** Returns the source of a driver with the functions that are called. @param init body of cuInit */
const driverSource = (init: string, version = 13010): string => `
  #include <signal.h>
  #include <string.h>
  #include <unistd.h>
  int cuInit(unsigned flags) { (void)flags; ${init} }
  int cuDriverGetVersion(int *version) { *version = ${version}; return 0; }
  int cuDeviceGetCount(int *count) { *count = 1; return 0; }
  int cuDeviceGet(int *device, int index) { *device = index; return 0; }
  int cuDeviceGetName(char *name, int room, int device) { (void)device; strncpy(name, "Test GPU", room); return 0; }
  int cuDeviceTotalMem_v2(unsigned long *bytes, int device) { (void)device; *bytes = 1ul << 34; return 0; }
  int cuDeviceGetAttribute(int *value, int attribute, int device) {
    (void)device; *value = attribute == 75 ? 9 : 0; return 0;
  }
  int cuGetErrorString(int status, const char **text) { (void)status; *text = "words of the driver"; return 0; }
`;

/** Returns what a library says of itself, as a text of C. @param gpus compute capabilities, and problems of the kernels */
const description = (
  gpus: string | readonly (readonly [string, string])[],
  emulated = false,
  runtime = '13.0',
): string => {
  const listed = typeof gpus === 'string' ? [[gpus, ''] as const] : gpus;
  const library = {
    runtime,
    architectures: ['80-real', '90-real', '90-virtual'],
    emulated,
    kernels: ['map'],
    cublasLt: null,
    devices: listed.map(([computeCapability, problem], index) => ({
      index,
      name: index === 0 ? 'Test GPU' : `Test GPU ${index}`,
      computeCapability,
      memory: 2 ** 34,
      problem,
    })),
  };
  return JSON.stringify(JSON.stringify(library));
};

/** Returns the source of a CUDA library with the functions that the search for devices calls. It returns `json`. */
const librarySource = (json: string, { before = '', abi = '((int *)backend)[0] = 8;', status = 0 } = {}): string => `
  #include <signal.h>
  #include <string.h>
  #include <unistd.h>
  static char backend[256];
  const void *il_cuda_backend(void) { ${abi} return backend; }
  int il_cuda_devices(char *json, unsigned long room) { ${before} strncpy(json, ${json}, room); return ${status}; }
`;

let folder: string;
let study: string;

/** Compiles a shared library in a separate folder. */
function built(name: string, file: string, source: string): string {
  mkdirSync(join(folder, name));
  const path = join(folder, name, file);
  writeFileSync(`${path}.c`, source);
  execFileSync('cc', ['-shared', '-fPIC', '-o', path, `${path}.c`]);
  return path;
}

const driver = (name: string, init: string, version?: number): string =>
  join(built(name, 'libcuda.so.1', driverSource(init, version)), '..');
const library = (name: string, source: string): string => built(name, 'libinterlatent_cuda.so', source);

interface Machine {
  path?: string;
  drivers?: string;
  more?: Record<string, string>;
}

/** Runs a command that searches drivers first in `drivers`, and uses the library `path`. */
const interlatent = (args: readonly string[], { path, drivers, more }: Machine): Promise<CommandResult> =>
  withEnvironment(
    { ...more, INTERLATENT_CUDA_PATH: path ?? join(folder, 'none.so'), LD_LIBRARY_PATH: drivers ?? '' },
    () => commandHere(args, folder),
  );

/** Returns the devices that the library finds in the same environment. */
const findDevices = ({ path, drivers }: Pick<Machine, 'path' | 'drivers'>): Promise<DeviceReport> =>
  withEnvironment(
    // The search runs once per library.
    { INTERLATENT_CUDA_PATH: path ?? join(drivers ?? folder, 'none.so'), LD_LIBRARY_PATH: drivers ?? '' },
    devices,
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interlatent-devices-'));
  study = join(folder, 'data', 'study.yaml');
  await writeSimulation(simulate('case1', { seed: 0, samples: 150, test: 50 }), join(folder, 'data'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('on a host without library and driver', () => {
  test('devices lists the processor, names what is missing, and says how to get it', async () => {
    const { code, out } = await interlatent(['devices'], { drivers: driver('absent', 'return 100;') });
    expect(code).toBe(0);
    expect(out).toMatch(/^cpu +\S.*, \d+ cores, /m);
    expect(out).toMatch(/^CUDA library +none$/m);
    expect(out).toContain(`- CUDA library of interlatent: ${join(folder, 'none.so')}: there is no such file`);
    expect(out).toContain('npm run build:cuda');
    expect(out).toContain('- CUDA device: cuInit returned 100 (words of the driver)');
    expect(out).toMatch(/^--device auto takes cpu: CUDA cannot be used: /m);
  });

  test('--device cuda is refused before anything is computed, with one coded error', async () => {
    const { code, out, err } = await interlatent(['fit', study, '--out', 'refused', '--device', 'cuda', '--json'], {});
    expect({ code, out }).toEqual({ code: 1, out: '' });
    const { error } = JSON.parse(err) as { error: { code: string; message: string; details: object } };
    expect(error.code).toBe('no-cuda-library');
    expect(error.message).toMatch(/^device cuda cannot be used on this machine:\n {2}- CUDA library of interlatent: /);
    expect(error.message).toContain('Nothing was computed.');
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  test.each([
    [['--device', 'cpu'], 'the CPU and WebGPU multiply matrices in float32 only. '],
    [['--device', 'auto'], 'only, and auto selects one of them: CUDA cannot be used: '],
  ])('--matmul-precision tf32 with %j is refused before anything is computed', async (device, words) => {
    const fit = [
      'fit',
      study,
      '--out',
      'rounded',
      '--evidence',
      'none',
      ...device,
      '--matmul-precision',
      'tf32',
      '--json',
    ];
    const { code, out, err } = await interlatent(fit, {});
    expect({ code, out }).toEqual({ code: 1, out: '' });
    const { error } = JSON.parse(err) as { error: { code: string; message: string } };
    expect(error.code).toBe('unsupported-precision');
    expect(error.message).toContain(words);
    expect(existsSync(join(folder, 'rounded'))).toBe(false);
  });

  test('an unknown precision is an invalid setting', async () => {
    await expect(chooseDevice('cpu', 'float16' as 'tf32')).rejects.toMatchObject({
      code: 'invalid-setting',
      message: expect.stringContaining('expected float32, tf32-convolutions, tf32, bfloat16, got "float16"'),
    });
    const { code, err } = await interlatent(['fit', study, '--out', 'rounded', '--matmul-precision', 'float16'], {});
    expect(code).toBe(2);
    expect(err).toContain('Allowed choices are float32, tf32-convolutions, tf32, bfloat16');
  });

  test('--device auto fits on the CPU, prints the reason, and records it in run.json', async () => {
    const fit = [
      'fit',
      study,
      '--out',
      'auto',
      '--evidence',
      'none',
      '--fit',
      'joint',
      '--epochs',
      '2',
      '--encoder-restarts',
      '1',
      '--threads',
      '1',
      '--device',
      'auto',
    ];
    const { code, out } = await interlatent(fit, {});
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /joint fit on cpu \(auto: CUDA cannot be used: .*none\.so: there is no such file/,
    );
    const run = JSON.parse(readFileSync(join(folder, 'auto', 'run.json'), 'utf8')) as Record<string, unknown>;
    expect(run['device']).toMatchObject({
      requested: 'auto',
      name: 'cpu',
      reason: expect.stringContaining('there is no such file'),
    });
    const encode = ['encode', 'auto', study, '--out', 'latents.csv', '--device', 'auto'];
    expect((await interlatent(encode, {})).out).toMatch(/^computed on cpu \(auto: CUDA cannot be used: /);
    expect((await interlatent([...encode.slice(0, -1), 'cuda'], {})).err).toContain('error [no-cuda-library]');
  });

  test.each(['select', 'profile', 'inspect'])(
    '%s --device cuda is refused with the name of what is missing',
    async (command) => {
      const { code, out, err } = await interlatent([command, study, '--device', 'cuda'], {});
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toContain('error [no-cuda-library] device cuda cannot be used on this machine:');
      expect(err).toContain('Nothing was computed.');
    },
  );

  test('--device auto of select, profile and inspect uses the CPU and prints the reason', async () => {
    const auto = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await interlatent([...args, '--device', 'auto'], {});
      expect([code, err.includes('error')]).toEqual([0, false]);
      return out.replace(/\s+/g, ' ');
    };
    const why = /on cpu \(auto: CUDA cannot be used: .*none\.so: there is no such file/;
    const settings = ['--max-latents', '1', '--splits', '3', '--threads', '1', '--out', 'selection'];
    expect(await auto('select', study, ...settings)).toMatch(why);
    const written = JSON.parse(readFileSync(join(folder, 'selection', 'selection.json'), 'utf8')) as object;
    expect(written).toMatchObject({ device: { requested: 'auto', name: 'cpu' } });
    expect(await auto('profile', study, '--epochs', '1', '--threads', '1')).toMatch(why);
    expect(await auto('inspect', study)).toMatch(why);
  });

  test('an unknown device is a mistake of the user', async () => {
    const { code, err } = await interlatent(['fit', study, '--out', 'wrong', '--device', 'gpu'], {});
    expect(code).toBe(2);
    expect(err).toContain('--device takes cpu, cuda, cuda:N (N from 0), cuda:N,M, cuda:all, webgpu or auto, got "gpu"');
  });

  test.each(['gpu', 'cuda:', 'cuda:-1', 'cuda:1x', 'CUDA'])(
    'the device %s is refused in a call of the library',
    async (name) => {
      await expect(chooseDevice(name as 'cpu')).rejects.toMatchObject({ name: 'InputError', code: 'invalid-setting' });
    },
  );
});

describe('a driver that', () => {
  test.each([
    ['has no devices', 'return 100;', 'no-cuda-device', /^cuInit returned 100 \(words of the driver\)$/],
    ['refuses', 'return 803;', 'no-cuda-driver', /^cuInit returned 803 \(words of the driver\)$/],
    ['crashes', 'raise(SIGSEGV); return 0;', 'cuda-probe-failed', /driver ended the child process by SIGSEGV$/],
    ['exits', '_exit(3);', 'cuda-probe-failed', /driver gave no answer$/],
  ])('%s is reported without harm', async (what, init, code, problem) => {
    const { cuda, auto } = await findDevices({ drivers: driver(`driver that ${what}`, init) });
    expect(cuda).toMatchObject({ usable: false, devices: [] });
    expect(cuda.problems.at(-1)).toEqual({ code, problem: expect.stringMatching(problem) });
    expect(auto.name).toBe('cpu');
  });

  // CUDA versions of the drivers 470, 525, 535, 550, 570, and 580, with libraries of CUDA 12.4 and 13.0.
  test.each([
    [470, 11040, ['needs driver 525.60.13 or later', 'needs driver 580.65.06 or later']],
    [525, 12000, ['', 'needs driver 580.65.06 or later']],
    [535, 12020, ['', 'needs driver 580.65.06 or later']],
    [550, 12040, ['', 'needs driver 580.65.06 or later']],
    [570, 12080, ['', 'needs driver 580.65.06 or later']],
    [580, 13000, ['', '']],
  ])('is release %d takes a library that it can run, and says which one another needs', async (name, version, ends) => {
    const drivers = driver(`driver ${name}`, 'return 0;', version);
    const supported = `${Math.floor(version / 1000)}.${(version % 1000) / 10}`;
    for (const [i, runtime] of ['12.4', '13.0'].entries()) {
      const path = library(`CUDA ${runtime} on ${name}`, librarySource(description('9.0', false, runtime)));
      const { cuda, auto } = await findDevices({ path, drivers });
      expect(cuda).toMatchObject({ driver: supported, usable: ends[i] === '', devices: [{ name: 'Test GPU' }] });
      if (ends[i] === '') {
        expect(auto.name).toBe('cuda:0');
        continue;
      }
      const problem =
        `the NVIDIA driver supports CUDA up to ${supported}; the CUDA library was built with CUDA ${runtime} and ` +
        ends[i];
      expect(cuda.problems).toEqual([{ code: 'cuda-driver-too-old', problem }]);
      expect(auto).toMatchObject({ name: 'cpu', reason: expect.stringContaining(`CUDA cannot be used: ${problem}`) });
      const { code, err } = await interlatent(['fit', study, '--out', 'old', '--device', 'cuda'], { path, drivers });
      expect(code).toBe(1);
      expect(err).toContain('error [cuda-driver-too-old]');
      expect(err.replaceAll(/\s+/g, ' ')).toContain(`- NVIDIA driver: ${problem} Update it`);
    }
  });

  test('works is listed with its devices, even if the library is missing', async () => {
    const { cuda } = await findDevices({ drivers: driver('works', 'return 0;') });
    expect(cuda).toMatchObject({
      usable: false,
      driver: '13.1',
      devices: [{ index: 0, name: 'Test GPU', computeCapability: '9.0', memory: 2 ** 34 }],
      problems: [{ code: 'no-cuda-library' }],
    });
  });
});

describe('with a driver that works, a library that', () => {
  let drivers: string;
  beforeAll(() => {
    drivers = driver('driver', 'return 0;');
  });

  test('works makes cuda usable and chosen by auto; a second device is missing', async () => {
    const path = library('complete', librarySource(description('9.0')));
    const { code, out } = await interlatent(['devices', '--json'], { path, drivers });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      cuda: { usable: true, problems: [], driver: '13.1', library: { path, runtime: '13.0', emulated: false } },
      auto: { name: 'cuda:0', description: 'Test GPU' },
    });
    const { err } = await interlatent(['fit', study, '--out', 'second', '--device', 'cuda:1'], { path, drivers });
    expect(err).toContain('error [no-cuda-device]');
    expect(err).toContain('there is no device 1; available are cuda:0 (Test GPU)');
  });

  test.each([
    ['is no library', 'no-cuda-library', /invalid ELF header$/, 'text'],
    ['is another', 'no-cuda-library', /it is not the CUDA library of interlatent$/, 'int something_else;'],
    [
      'is of another version',
      'no-cuda-library',
      /it belongs to another version of interlatent \(interface 77, this version needs \d+\)$/,
      librarySource(description('9.0'), { abi: '((int *)backend)[0] = 77;' }),
    ],
    [
      'fails',
      'no-cuda-device',
      /^cudaGetDeviceCount: unknown error$/,
      librarySource('"cudaGetDeviceCount: unknown error"', { status: 1 }),
    ],
    ['finds no device', 'no-cuda-device', /^the CUDA library finds no device$/, librarySource(description([]))],
    [
      'has no code for the device that this driver can compile',
      'no-cuda-device',
      /^Test GPU cannot run the kernels: cudaErrorUnsupportedPtxVersion \(words\)$/,
      librarySource(description([['12.0', 'cudaErrorUnsupportedPtxVersion (words)']])),
    ],
    [
      'needs a newer device',
      'no-cuda-device',
      /^Test GPU has compute capability 7.5, the CUDA library needs 8.0$/,
      librarySource(description('7.5')),
    ],
    [
      'crashes',
      'cuda-probe-failed',
      /libinterlatent_cuda.so ended the child process by SIGABRT$/,
      librarySource(description('9.0'), { before: 'raise(SIGABRT);' }),
    ],
  ])('%s', async (what, code, problem, source) => {
    const path = source === 'text' ? join(folder, 'text.so') : library(what, source);
    if (source === 'text') writeFileSync(path, 'no library\n'.repeat(100));
    const { cuda, auto } = await findDevices({ path, drivers });
    expect(cuda.problems).toEqual([{ code, problem: expect.stringMatching(problem) }]);
    expect(cuda.driver).toBe('13.1');
    expect(auto.name).toBe('cpu');
  });

  test('cannot use the first of three devices takes the second, and cuda:all the second and third', async () => {
    const gpus = [['7.5', ''] as const, ['9.0', ''] as const, ['9.0', ''] as const];
    const path = library('some devices', librarySource(description(gpus)));
    const place = { INTERLATENT_CUDA_PATH: path, LD_LIBRARY_PATH: drivers };
    const names = ['cuda', 'cuda:all', 'auto', 'cuda:2'] as const;
    const chosen = await withEnvironment(place, () => Promise.all(names.map((name) => chooseDevice(name))));
    expect(chosen.map(({ choice }) => choice.name)).toEqual(['cuda:1', 'cuda:1,2', 'cuda:1', 'cuda:2']);
    await expect(withEnvironment(place, () => chooseDevice('cuda:0'))).rejects.toMatchObject({
      code: 'no-cuda-device',
      message: expect.stringContaining('Test GPU has compute capability 7.5, the CUDA library needs 8.0'),
    });
    const { out } = await interlatent(['devices'], { path, drivers });
    expect(out).toMatch(/^ {2}cuda:0 has compute capability 7\.5, the CUDA library needs 8\.0$/m);
    expect(out).toMatch(/^--device auto takes cuda:1: /m);
  });

  test('hangs is abandoned after a time limit', async () => {
    const path = library('hangs', librarySource(description('9.0'), { before: 'sleep(60);' }));
    const { problems } = await probeCuda(path, 1500);
    expect(problems.at(-1)).toMatchObject({
      code: 'cuda-probe-failed',
      problem: expect.stringMatching(/longer than 1.5 s$/),
    });
  });

  test('opens cuBLASLt is listed with its version', async () => {
    const text = async (cublasLt: string): Promise<string> => {
      const path = library(`with ${cublasLt}`, librarySource(description('9.0').replace('null', cublasLt)));
      return (await interlatent(['devices'], { path, drivers })).out;
    };
    expect(await text(String.raw`\"libcublasLt.so.13 13.0.2\"`)).toMatch(/^cuBLASLt +libcublasLt\.so\.13 13\.0\.2$/m);
    expect(await text('null')).toMatch(/^cuBLASLt +none \(not needed: our kernels/m);
  });

  test('is the emulation is used on request, but never by auto', async () => {
    const path = library('emulation', librarySource(description('0.0', true)));
    expect(await findDevices({ path })).toMatchObject({
      cuda: { usable: true, problems: [] },
      auto: { name: 'cpu', reason: expect.stringMatching(/^the CUDA library is the emulation, which is for tests; /) },
    });
  });
});

describe('with the emulation', () => {
  const path = join(root, 'build/Release/libinterlatent_cuda_emulated.so');
  let small: string;

  /** Writes a study file with these settings. @param sparsity replaces that of the simulation */
  function settings(name: string, training: string, sparsity = 'order: assumed'): string {
    const file = join(folder, 'data', name);
    const simulated = readFileSync(study, 'utf8').replace('order: assumed', sparsity);
    writeFileSync(file, `${simulated}training: { fit: joint, hidden: 8, components: 2, ${training} }\n`);
    return file;
  }

  beforeAll(() => {
    small = settings('small.yaml', 'encoderRestarts: 2, batch: 30');
  });

  interface Stage {
    readonly memory: Record<string, number> | null;
    readonly problem: string | null;
  }

  async function inspected(file: string, device: string, more: Record<string, string> = {}): Promise<Stage> {
    const { code, out } = await interlatent(['inspect', file, '--device', device, '--json'], { path, more });
    expect(code).toBe(0);
    return (JSON.parse(out) as { stages: Stage[] }).stages[0];
  }

  test('profile times every kernel of the device', async () => {
    const { code, out } = await interlatent(['profile', small, '--epochs', '1', '--device', 'cuda', '--json'], {
      path,
    });
    expect(code).toBe(0);
    const description = JSON.parse(out) as { device: object; profile: Record<string, { seconds: number }[]> };
    expect(description.device).toMatchObject({ requested: 'cuda', name: 'cuda:0' });
    expect(description.profile['warm'].every(({ seconds }) => seconds > 0)).toBe(true);
  });

  test('inspect reports the memory that the device would need', async () => {
    const cpu = (await inspected(small, 'cpu')).memory!;
    const cuda = (await inspected(small, 'cuda')).memory!;
    expect(cuda).toMatchObject({ parameters: cpu['parameters'], data: cpu['data'], host: 0 });
    const { total, host, ...parts } = cuda;
    expect(host).toBe(0);
    expect(total).toBe(Object.values(parts).reduce((sum, bytes) => sum + bytes));
  });

  test('the error of too little memory names slab, needed and free bytes, and a fit that then fits', async () => {
    // With this penalty, the layers of the conditioner are stored.
    const penalised = (name: string, training: string): string => settings(name, training, 'kind: both, weight: 0.1');
    const large = penalised('large.yaml', 'encoderRestarts: 12, batch: 60');
    // The program still fits if the memory is too small for kernels side by side.
    const { total: ample } = (await inspected(large, 'cuda')).memory!;
    const little = { INTERLATENT_EMULATION_MEMORY: String(ample - 1) };
    const { total, host } = (await inspected(large, 'cuda', little)).memory!;
    expect([total < 0.9 * ample, host]).toEqual([true, 0]);
    const memory = Math.floor(0.6 * total);
    const more = { INTERLATENT_EMULATION_MEMORY: String(memory) };
    const text = (await inspected(large, 'cuda', more)).problem!;
    const pattern =
      /no memory on the device for (the slab block|partial sums): (\d+) bytes are needed, (\d+) of (\d+) are free\. The program needs (\d+) bytes in total; (\d+) were free before it was loaded\. (\d+) of 12 runs would fit at batch 60; with 12 runs, a batch of about (\d+) would fit$/;
    expect(text).toMatch(pattern);
    const numbers = pattern.exec(text)!.slice(2);
    const [needed, free, whole, all, before, runs, batch] = numbers.map(Number);
    expect(needed).toBeGreaterThan(free);
    expect([whole, before]).toEqual([memory, memory]);
    // The data sets stay on the host, and the device needs space only for fetched rows.
    expect(Math.abs(all / total - 1)).toBeLessThan(0.02);
    const fits = async (training: string): Promise<boolean> =>
      (await inspected(penalised('other.yaml', training), 'cuda', more)).memory !== null;
    expect(await fits(`encoderRestarts: ${runs}, batch: 60`)).toBe(true);
    expect(await fits(`encoderRestarts: 12, batch: ${batch}`)).toBe(true);
    // The recommended sizes are not much too small.
    expect(await fits(`encoderRestarts: ${Math.ceil(1.5 * runs)}, batch: 60`)).toBe(false);
    expect(await fits(`encoderRestarts: 12, batch: ${Math.ceil(1.5 * batch)}`)).toBe(false);
    const { out } = await interlatent(['inspect', large, '--device', 'cuda'], { path, more });
    expect(out.replace(/\s+/g, ' ')).toContain(`Does not fit: ${text}`);
    const none = await inspected(large, 'cuda', { INTERLATENT_EMULATION_MEMORY: '20000' });
    expect(none.problem).toMatch(
      /Not even one run would fit at batch 60; use a smaller model or a device with more memory$/,
    );
  });

  test('a fit whose data set stays on the host gives the same bits', async () => {
    const parameters = async (out: string, more: Record<string, string>): Promise<Buffer> => {
      const args = [
        'fit',
        small,
        '--out',
        out,
        '--evidence',
        'none',
        '--epochs',
        '2',
        '--threads',
        '1',
        '--device',
        'cuda',
        '--json',
      ];
      expect(await interlatent(args, { path, more })).toMatchObject({ code: 0 });
      return readFileSync(join(folder, out, 'model.safetensors'));
    };
    const more = { INTERLATENT_CUDA_HOST_DATA: '1' };
    expect((await inspected(small, 'cuda', more)).memory!['host']).toBeGreaterThan(0);
    const onHost = await parameters('on-host', more);
    expect(onHost.equals(await parameters('resident', {}))).toBe(true);
  });
});
