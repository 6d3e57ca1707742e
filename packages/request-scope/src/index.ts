export { currentRequest, withinRequest } from './request-scope.ts';
export type { RequestScope } from './request-scope.ts';
