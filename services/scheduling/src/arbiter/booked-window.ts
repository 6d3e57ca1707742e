/** A time that one resource is needed for, buffers included, half-open. */
export interface BookedWindow {
  readonly resourceId: string;
  readonly start: Date;
  readonly end: Date;
}

/** The two parameters of every statement of the arbiter: resources and their periods, pairwise. */
export function windowParameters(windows: readonly BookedWindow[]): [string[], string[]] {
  return [
    windows.map((window) => window.resourceId),
    windows.map((window) => `[${window.start.toISOString()},${window.end.toISOString()})`),
  ];
}
