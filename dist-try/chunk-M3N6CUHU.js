// src/files/file-lock.ts
var lock = () => "unsupported";
function provideFileLock(implementation) {
  lock = implementation;
}
function lockFile(descriptor) {
  return lock(descriptor);
}

export {
  provideFileLock,
  lockFile
};
