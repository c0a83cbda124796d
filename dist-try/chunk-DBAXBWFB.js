import {
  causeMessage
} from "./chunk-E6FIFJ2Q.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/files/peer.ts
async function loadPeer(name, what, load) {
  try {
    return await load();
  } catch (cause) {
    const [reason] = causeMessage(cause).split("\n", 1);
    throw new InputError(
      "missing-peer",
      `${what} read by the package ${name}, which cannot be loaded (${reason}); install it: npm install ${name}`,
      { package: name },
      cause
    );
  }
}

export {
  loadPeer
};
