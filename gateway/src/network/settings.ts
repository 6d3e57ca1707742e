import { z } from 'zod';

/** From where people may come; see docs/operations.md, "Network rules". Without a file everybody may. */
export const networkSettings = {
  KEPT_NETWORK_RULES_FILE: z.string().optional(),
  KEPT_COUNTRY_DATABASE: z.string().optional(),
} as const;
