import { z } from 'zod';

/** The settings of client apps (docs/operations.md). */
export const clientSettings = {
  /** The registry of apps. Without one every app is the built-in one, which may ask what its caller's roles need. */
  KEPT_CLIENTS_FILE: z.string().min(1).optional(),
};
