// How jest loads a test file: as Node does. Jest's own runtime gives each file a context of node:vm and all modules
// anew; there code runs many times as slow, and nothing is warm. Here a process of tests loads a module once, in the
// context that users have; what jest gives to a test file (test, expect, …) goes through `current`.

'use strict';

const { register } = require('node:module');
const { pathToFileURL } = require('node:url');
const { jestExpect: expect } = require('@jest/expect');
const JestRuntime = require('jest-runtime').default;

register('./loader.mjs', pathToFileURL(__filename));
process.setSourceMapsEnabled(true);

/** Read by the module that stands for @jest/globals (loader.mjs). */
const CURRENT = Symbol.for('interlatent.jest');

class Runtime extends JestRuntime {
  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    // The `expect` of this context, for which an Array is an Array.
    globalThis[CURRENT] = { ...this.jestGlobals.envGlobals(), expect, jest: this.jestGlobals.jestObjectFor(path) };
    await import(pathToFileURL(path).href);
  }
}

module.exports = Runtime;
