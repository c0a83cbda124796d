// interlatent devices: the devices for a fit on this host, and what is missing for a GPU.

import { Command } from 'commander';
import { devices, type DeviceReport } from '../runtime/devices.js';
import { problemLines } from '../runtime/device.js';
import { bytes, print, printJson, table } from './output.js';
import { jsonOption } from './settings.js';
import { describe } from './help.js';

export function devicesCommand(): Command {
  const command = new Command('devices').addOption(jsonOption());
  return describe(command, {
    description:
      'Lists the devices that can compute here (processor, CUDA GPUs, WebGPU adapters) and says what is missing.',
    examples: ['interlatent devices'],
    details: [
      'Commands that compute accept --device cpu, cuda, cuda:N, cuda:N,M, cuda:all, webgpu or auto. Nothing falls ' +
        'back silently: --device cuda is refused if it cannot be used. Each driver is asked in a separate process, ' +
        'so a broken driver harms nothing. See docs/explanation/gpu.md and docs/explanation/webgpu.md.',
    ],
  }).action(async ({ json }: { json?: boolean }) => {
    const report = await devices();
    if (json) printJson(report);
    else printReport(report);
  });
}

function printReport({ cpu, build, cuda, webgpu, auto }: DeviceReport): void {
  const { library, driver, driverRelease, devices: gpus, problems } = cuda;
  print(
    table(
      ['device', 'name', 'compute capability', 'memory'],
      [
        ['cpu', `${cpu.model}, ${cpu.cores} cores, ${cpu.isa}`, '', bytes(cpu.memory)],
        ...gpus.map((gpu) => [`cuda:${gpu.index}`, gpu.name, gpu.computeCapability, bytes(gpu.memory)]),
        ...webgpu.adapters.map(({ description }, i) => [i === 0 ? 'webgpu' : '', description, '', '']),
      ],
    ),
  );
  print();
  print(
    `built in       interlatent ${build.version}, ${build.compiler}, oneDNN ${build.oneDNN}; ` +
      build.backends.join(', '),
  );
  print(`CUDA library   ${libraryText(library)}`);
  if (library.cublasLt !== undefined) {
    print(`cuBLASLt       ${library.cublasLt ?? 'none (not needed: our kernels compute all matrix products)'}`);
  }
  const release = driverRelease === undefined ? '' : `${driverRelease}, `;
  print(`NVIDIA driver  ${driver === undefined ? 'none' : `${release}supports CUDA ${driver}`}`);
  for (const { index, problem } of gpus) {
    if (problem !== undefined) print(`  cuda:${index} ${problem}`);
  }
  print(`WebGPU         ${webgpu.library ?? 'the package webgpu is not installed'}`);
  for (const { description, isSoftware, limits } of webgpu.adapters) {
    const { maxStorageBufferBindingSize: slab, maxComputeWorkgroupStorageSize: shared } = limits;
    const kind = isSoftware ? 'computes on the processor; ' : '';
    print(`  ${description}: ${kind}slabs up to ${bytes(slab)}, workgroups with ${bytes(shared)}`);
  }
  print();
  print(cuda.usable ? '--device cuda can be used.' : `--device cuda cannot be used:\n${problemLines(problems)}`);
  print(
    webgpu.usable
      ? '--device webgpu can be used.'
      : `--device webgpu cannot be used:\n${problemLines(webgpu.problems)}`,
  );
  print(`--device auto takes ${auto.name}: ${auto.reason}.`);
}

function libraryText({
  path,
  runtime,
  architectures,
  emulated,
  neededDriver,
}: DeviceReport['cuda']['library']): string {
  if (architectures === undefined) return 'none';
  if (emulated) return `${path}, CUDA ${runtime}, emulated on the CPU`;
  const driver = neededDriver === undefined ? '' : `; needs driver ${neededDriver} or later`;
  return `${path}, CUDA ${runtime}, for ${architectures.join(', ')}${driver}`;
}
