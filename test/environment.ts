// Sets environment variables of this process while a function runs, so that native code sees them too.

/** Calls `act` with the variables of `more` set, and restores the environment afterwards. */
export async function withEnvironment<Result>(
  more: Readonly<Record<string, string>>,
  act: () => Promise<Result>,
): Promise<Result> {
  const before = { ...process.env };
  Object.assign(process.env, more);
  try {
    return await act();
  } finally {
    for (const name of Object.keys(more)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  }
}
