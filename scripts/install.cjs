// npm's install step. A checkout builds through `npm run setup`; an installed package builds its addon here.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');

if (!existsSync(join(root, '.git')) && !existsSync(join(root, 'build/Release/interlatent.node'))) {
  const cmakeJs = require.resolve('cmake-js/bin/cmake-js');
  const { status } = spawnSync(
    process.execPath,
    [cmakeJs, 'build', '--out', 'build/Release', '--CDINTERLATENT_TESTS=OFF'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  if (status !== 0) {
    console.error(
      'interlatent: the native library could not be built. It needs a C++20 compiler, CMake 3.24 or later ' +
        'and oneDNN.\n' +
        'On Debian: sudo apt-get install -y g++ ninja-build cmake libdnnl-dev; then: npm rebuild interlatent',
    );
    process.exitCode = 1;
  }
}
