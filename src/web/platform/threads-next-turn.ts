// Lets the event loop of the page run. A message to the same thread arrives after the waiting events, and earlier than
// a timer, which takes 4 ms.

/** Resolves after the event loop has handled the waiting events. */
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
