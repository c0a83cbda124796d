// Gives way to the page: a message to oneself comes after what waited, and before the 4 ms that a timer takes.

/** Resolves once the event loop has done what waited for it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const done = () => {
      port1.close();
      resolve();
    };
    port1.addEventListener('message', done, { once: true });
    port1.start();
    port2.postMessage(undefined);
  });
}
