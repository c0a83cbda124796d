// Makes jest load test files as Node does. Jest's default runtime gives each file a context of node:vm and loads all
// modules again, so that code runs many times slower. Here a process loads each module once, in the context that users
// have. Test files reach the functions of jest (test, expect, …) through globalThis[CURRENT].

'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { register } = require('node:module');
const { pathToFileURL } = require('node:url');
const { setFlagsFromString } = require('node:v8');
const { jestExpect: expect } = require('@jest/expect');
const JestRuntime = require('jest-runtime').default;

register('./loader.mjs', pathToFileURL(__filename));
process.setSourceMapsEnabled(true);
// Most code of a test runs only a few times. With later optimisation by V8, tests need an eighth less processor time.
setFlagsFromString('--interrupt-budget=800000');
// Native code reads the real environment, so `process.env` must not be replaced by another object.
Object.defineProperty(process, 'env', { writable: false });

/** Key of the functions of jest, which the replacement of @jest/globals reads (loader.mjs). */
const CURRENT = Symbol.for('interlatent.jest');

/**
 * Replaces AsyncLocalStorage for jest-circus, which stores the current test in it. Node's class tracks every promise of
 * the process, which takes longer than some tests. One test runs at a time, so a simple variable suffices.
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
    // The result belongs to jest's context, so `instanceof Promise` would be false.
    if (typeof result?.finally === 'function') return result.finally(restore);
    restore();
    return result;
  }
}

/**
 * Storages of other packages, such as Playwright. After the first use, Node tracks every promise until they are
 * disabled.
 */
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
    // `expect` must belong to this context, so that its checks of classes such as Array work.
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
