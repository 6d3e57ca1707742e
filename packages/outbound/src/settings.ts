import { z } from 'zod';

/** The settings of a process that calls addresses which other people chose. */
export const outboundSettings = {
  KEPT_OUTBOUND_DEVELOPMENT: z
    .literal('on', 'can only be "on": this machine may be called, and in clear')
    .optional(),
};

// Where appointments leave the house: webhooks, calendars, text messages.
const LEAVING = /(^|_)(WEBHOOK|CALENDAR|CALDAV|ICAL|ICS|SMS)S?(_[A-Z0-9]+)*_(URL|ENDPOINT|ADDRESS|BASE)$/;

/**
 * Refuses settings under which appointments would leave unencrypted (requirement ENC-09), whatever the setting is called
 * as long as its name says webhook, calendar or SMS: an address in clear, and the development setting in production.
 */
export function checkOutboundSettings(
  settings: { readonly NODE_ENV: string; readonly KEPT_OUTBOUND_DEVELOPMENT?: 'on' | undefined },
  env: Readonly<Record<string, string | undefined>>,
): { path: string; message: string }[] {
  const development = settings.KEPT_OUTBOUND_DEVELOPMENT === 'on';
  const problems: { path: string; message: string }[] = [];
  if (development && settings.NODE_ENV === 'production') {
    problems.push({
      path: 'KEPT_OUTBOUND_DEVELOPMENT',
      message: 'calls this machine, and in clear, and is refused in production',
    });
  }
  for (const [name, value] of Object.entries(env)) {
    if (!value || !LEAVING.test(name) || /^https:\/\//i.test(value)) continue;
    if (development && /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/i.test(value)) continue;
    problems.push({
      path: name,
      message: 'must be an https:// address: appointments leave encrypted or not at all',
    });
  }
  return problems;
}
