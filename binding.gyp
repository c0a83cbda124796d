# Second build path, without CMake and for the CPU only: `npm run build:gyp`.
{
  'variables': {
    # Loops must detect NaN and infinity, which rules out -ffast-math.
    'loop_flags': ['-fno-math-errno', '-fno-trapping-math', '-ffp-contract=fast', '-fopenmp-simd'],
  },
  'target_defaults': {
    'include_dirs': ['native', 'native/include'],
    'cflags!': ['-O3', '-fno-omit-frame-pointer'],
    'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['-O3', '-std=c++20', '-fvisibility=hidden', '-fvisibility-inlines-hidden'],
    'defines': ['NDEBUG'],
  },
  'targets': [
    {
      'target_name': 'interlatent',
      'sources': ['<!@(ls joined/*.cc)'],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'defines': [
        'NAPI_VERSION=8',
        'NODE_ADDON_API_CPP_EXCEPTIONS_ALL',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
        "INTERLATENT_VERSION=\"<!(node -p \"require('./package.json').version\")\"",
      ],
      'libraries': ['-ldnnl', '-fopenmp', '-ldl'],
      'cflags_cc': ['-fopenmp'],
      'conditions': [
        ["target_arch=='x64'", {'dependencies': ['loops_avx512', 'loops_avx2']}, {'dependencies': ['loops_generic']}],
      ],
    },
  ],
  'conditions': [
    ["target_arch=='x64'", {
      'targets': [
        {
          'target_name': 'loops_avx512',
          'type': 'static_library',
          'sources': ['<!@(ls native/loops/*.cc)'],
          'defines': ['IL_ISA=avx512'],
          'cflags_cc': ['<@(loop_flags)', '-march=x86-64-v4', '-mprefer-vector-width=512'],
        },
        {
          'target_name': 'loops_avx2',
          'type': 'static_library',
          'sources': ['<!@(ls native/loops/*.cc)'],
          'defines': ['IL_ISA=avx2'],
          'cflags_cc': ['<@(loop_flags)', '-march=x86-64-v3'],
        },
      ],
    }, {
      'targets': [
        {
          'target_name': 'loops_generic',
          'type': 'static_library',
          'sources': ['<!@(ls native/loops/*.cc)'],
          'defines': ['IL_ISA=generic'],
          'cflags_cc': ['<@(loop_flags)'],
        },
      ],
    }],
  ],
}
