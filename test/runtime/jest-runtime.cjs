// How jest loads a test file: as Node does. Jest's own runtime gives each file a context of node:vm and all modules
// anew; there code runs many times as slow, and nothing is warm. Here a process of tests loads a module once, in the
// context that users have; what jest gives to a test file (test, expect, …) goes through `current`.

'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { register } = require('node:module');
const { pathToFileURL } = require('node:url');
const { setFlagsFromString } = require('node:v8');
const { jestExpect: expect } = require('@jest/expect');
const JestRuntime = require('jest-runtime').default;

register('./loader.mjs', pathToFileURL(__filename));
process.setSourceMapsEnabled(true);
// Most code of a test runs a few times: V8 optimises later, which takes an eighth of the processor time away.
setFlagsFromString('--interrupt-budget=800000');
// Another object in its place would be this process's environment in name only: native code reads the real one.
Object.defineProperty(process, 'env', { writable: false });

/** Read by the module that stands for @jest/globals (loader.mjs). */
const CURRENT = Symbol.for('interlatent.jest');

/**
 * What jest-circus keeps of the test that runs. Node's own class follows each promise of the process, which costs more
 * than many a test; here one test runs at a time.
 */
class Storage {
  #store;

  getStore() {
    return this.#store;
  }

  run(store, body) {
    const before = this.#store;
    const restore = () => {
      this.#store = before;
    };
    this.#store = store;
    const result = body();
    // Of jest's own context, so no instance of this one's Promise.
    if (typeof result?.finally === 'function') return result.finally(restore);
    restore();
    return result;
  }
}

/** Playwright has one. Once it was used, Node follows each promise until it is disabled. */
const used = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function (...args) {
  used.add(this);
  return Reflect.apply(run, this, args);
};

class Runtime extends JestRuntime {
  constructor(...args) {
    super(...args);
    const { coreModule } = this;
    const ofNode = coreModule.require.bind(coreModule);
    coreModule.require = (name) => {
      const module = ofNode(name);
      return name.endsWith('async_hooks') ? { ...module, AsyncLocalStorage: Storage } : module;
    };
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    // The `expect` of this context, for which an Array is an Array.
    globalThis[CURRENT] = { ...this.jestGlobals.envGlobals(), expect, jest: this.jestGlobals.jestObjectFor(path) };
    await import(pathToFileURL(path).href);
  }

  teardown() {
    for (const storage of used) storage.disable();
    used.clear();
    return super.teardown();
  }
}

module.exports = Runtime;
