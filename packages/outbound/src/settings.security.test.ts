/** The hole: one address in clear in a configuration file, and every appointment crosses the internet readable. */
import { checkOutboundSettings } from './settings.ts';

const production = { NODE_ENV: 'production' };
const namesOf = (problems: { path: string }[]) => problems.map(({ path }) => path);

it('[ENC-09] refuses webhook, calendar and SMS addresses in clear, whatever the setting is called', () => {
  const env = {
    KEPT_WEBHOOK_URL: 'http://hooks.example/kept',
    KEPT_CALENDAR_URL: 'http://calendar.example',
    SMS_PROVIDER_URL: 'HTTP://sms.example',
    KEPT_CALDAV_ENDPOINT: 'caldav.example',
    PARTNER_WEBHOOKS_BASE: 'https://hooks.example',
    IDENTITY_URL: 'http://identity:4101/graphql',
    KEPT_SMS_URL: '',
  };
  expect(namesOf(checkOutboundSettings(production, env))).toEqual([
    'KEPT_WEBHOOK_URL',
    'KEPT_CALENDAR_URL',
    'SMS_PROVIDER_URL',
    'KEPT_CALDAV_ENDPOINT',
  ]);
});

it('[ENC-09] refuses the development setting in production; elsewhere it opens this machine and nothing more', () => {
  const open = { KEPT_OUTBOUND_DEVELOPMENT: 'on' as const };
  expect(namesOf(checkOutboundSettings({ ...production, ...open }, {}))).toEqual([
    'KEPT_OUTBOUND_DEVELOPMENT',
  ]);
  const env = {
    A_WEBHOOK_URL: 'http://localhost:4000/x',
    B_WEBHOOK_URL: 'http://127.0.0.1',
    C_WEBHOOK_URL: 'http://localhost.example',
    D_WEBHOOK_URL: 'http://10.0.0.1',
  };
  expect(namesOf(checkOutboundSettings({ NODE_ENV: 'development', ...open }, env))).toEqual([
    'C_WEBHOOK_URL',
    'D_WEBHOOK_URL',
  ]);
});
