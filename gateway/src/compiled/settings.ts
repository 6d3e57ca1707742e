import { z } from 'zod';

const EXECUTORS = ['stock', 'compiled'] as const;
export type ExecutorName = (typeof EXECUTORS)[number];

/** Which executor answers operations. Both give the same answers (decision 0010); `stock` is Apollo's own. */
export const executorSettings = { KEPT_EXECUTOR: z.enum(EXECUTORS).default('compiled') };
