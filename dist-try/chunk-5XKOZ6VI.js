// src/errors.ts
var InterlatentError = class extends Error {
  /** Written down here and below, because bundlers that shorten names would shorten them. */
  static name = "InterlatentError";
  code;
  details;
  constructor(code, message, details = {}, cause) {
    super(message, cause === void 0 ? void 0 : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
};
var InputError = class extends InterlatentError {
  static name = "InputError";
};
var StateError = class extends InterlatentError {
  static name = "StateError";
};
var NumericError = class extends InterlatentError {
  static name = "NumericError";
};
var DeviceError = class extends InterlatentError {
  static name = "DeviceError";
};
var FileError = class extends InterlatentError {
  static name = "FileError";
};
var InternalError = class extends InterlatentError {
  static name = "InternalError";
};

export {
  InterlatentError,
  InputError,
  StateError,
  NumericError,
  DeviceError,
  FileError,
  InternalError
};
