import type { IncomingMessage } from 'node:http';
import { json, type HttpAnswer } from '@kept/subgraph-kit';

/**
 * Whether the person's browser says that their data may not be sold or shared: `Sec-GPC: 1` (W3C Global Privacy Control
 * §3.2; binding by CCPA regulations §7025). Any field that is exactly `1` says so. Node joins repeated headers with commas,
 * so each is looked at as it came.
 */
export const readGlobalPrivacyControl = ({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>) =>
  headersDistinct['sec-gpc']?.some((value) => value === '1') ?? false;

/** When what the page says was looked at last. */
const LAST_UPDATE = '2026-11-22';

/** `GET /.well-known/gpc.json`: says that the signal is honoured (W3C Global Privacy Control §4). */
export const globalPrivacyControlPage = {
  path: '/.well-known/gpc.json',
  answer: (): HttpAnswer => json(200, { gpc: true, lastUpdate: LAST_UPDATE }),
};
