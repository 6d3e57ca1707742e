export { openCarrier, type Backlog, type Carrier, type CarrierOptions } from './carrier.ts';
export { CarrierUnavailable, GiveUp, JobTimedOut, ServiceStopping, describeError } from './errors.ts';
export {
  defineJob,
  handler,
  type Handler,
  type Job,
  type JobContext,
  type JobKind,
  type Lane,
} from './job.ts';
export type { EnqueueOptions } from './job-options.ts';
export type { Log } from './log.ts';
