/** Those who tell each other events. */
export const SERVICES = ['identity', 'scheduling', 'payments', 'compliance'] as const;
export type ServiceName = (typeof SERVICES)[number];
