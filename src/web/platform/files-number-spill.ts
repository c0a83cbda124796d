// A page has no temporary files, so numbers stay in memory.

export class NumberSpill {
  static open(): undefined {
    return undefined;
  }

  write(): undefined {
    return undefined;
  }

  read(): void {
    // Nothing was written.
  }
}
