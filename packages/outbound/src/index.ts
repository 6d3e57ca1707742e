export { OutboundRefused, type OutboundReason } from './outbound-refused.ts';
export { openOutbound, type Outbound, type OutboundAnswer, type OutboundRequest } from './open-outbound.ts';
export { checkOutboundSettings, outboundSettings } from './settings.ts';
