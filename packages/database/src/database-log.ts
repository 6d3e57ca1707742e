/** The part of a pino logger that this package writes to. */
export interface DatabaseLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLog: DatabaseLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Why, in a log: the sentence alone, because drivers hang connections, commands and rows on their errors. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : typeof error);
