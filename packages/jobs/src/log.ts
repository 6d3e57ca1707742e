/** What this package needs of a pino log. Nothing of a job's data is ever handed to it. */
export interface Log {
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}
