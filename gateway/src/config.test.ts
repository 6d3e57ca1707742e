import { randomBytes } from 'node:crypto';
import { forbidVendorTelemetry, readGatewayConfig } from './config.ts';

const key = () => `k1:${randomBytes(32).toString('base64')}`;
const complete = () => ({
  KEPT_DOCUMENTS: '/etc/kept/documents',
  IDENTITY_URL: 'http://127.0.0.1:4101/graphql',
  SCHEDULING_URL: 'http://127.0.0.1:4102/graphql',
  PAYMENTS_URL: 'http://127.0.0.1:4103/graphql',
  COMPLIANCE_URL: 'http://127.0.0.1:4104/graphql',
  KEPT_JWKS_URL: 'http://127.0.0.1:4101/.well-known/jwks.json',
  KEPT_TOKEN_ISSUER: 'https://kept.example',
  KEPT_PASSPORT_KEY_IDENTITY: key(),
  KEPT_PASSPORT_KEY_SCHEDULING: key(),
  KEPT_PASSPORT_KEY_PAYMENTS: key(),
  KEPT_PASSPORT_KEY_COMPLIANCE: key(),
});

describe('the configuration', () => {
  it('is closed by default: production, no pages, no origins, no trusted proxy', () => {
    expect(readGatewayConfig(complete())).toMatchObject({
      NODE_ENV: 'production',
      KEPT_PORT: 4000,
      KEPT_HOST: '127.0.0.1',
      KEPT_DEVELOPMENT_PAGES: false,
      KEPT_ALLOWED_ORIGINS: [],
      KEPT_TRUSTED_PROXIES: 0,
    });
  });

  it('names every problem at once', () => {
    const broken = {
      ...complete(),
      IDENTITY_URL: 'nowhere',
      KEPT_PASSPORT_KEY_PAYMENTS: 'k1:short',
      KEPT_TOKEN_ISSUER: '',
    };
    expect(() => readGatewayConfig(broken)).toThrow(
      /IDENTITY_URL[^]*KEPT_TOKEN_ISSUER[^]*KEPT_PASSPORT_KEY_PAYMENTS/,
    );
  });

  it('takes exact origins alone', () => {
    const origins = (text: string) =>
      readGatewayConfig({ ...complete(), KEPT_ALLOWED_ORIGINS: text }).KEPT_ALLOWED_ORIGINS;
    expect(origins('https://a.example, http://localhost:3000')).toEqual([
      'https://a.example',
      'http://localhost:3000',
    ]);
    for (const text of ['*', 'https://a.example/', 'a.example', 'https://*.example/x'])
      expect(() => origins(text)).toThrow(/exact origins/);
  });

  it('refuses in production what belongs to development', () => {
    const open = { ...complete(), KEPT_DEVELOPMENT_PAGES: 'on', KEPT_CLOCK_OFFSET_FILE: '/tmp/clock' };
    expect(() => readGatewayConfig(open)).toThrow(/KEPT_CLOCK_OFFSET_FILE[^]*KEPT_DEVELOPMENT_PAGES/);
    expect(readGatewayConfig({ ...open, NODE_ENV: 'development' }).KEPT_DEVELOPMENT_PAGES).toBe(true);
  });

  it('refuses production with an authorization that withholds nothing', () => {
    const trying = { ...complete(), KEPT_AUTHORIZATION: 'dry-run' };
    expect(() => readGatewayConfig(trying)).toThrow(/KEPT_AUTHORIZATION.*refused in production/);
    expect(readGatewayConfig({ ...trying, NODE_ENV: 'development' }).KEPT_AUTHORIZATION).toBe('dry-run');
    expect(readGatewayConfig(complete()).KEPT_AUTHORIZATION).toBe('enforce');
  });

  it('refuses production without the documents of its apps, and development does not ask for them', () => {
    const { KEPT_DOCUMENTS: _, ...open } = complete();
    expect(() => readGatewayConfig(open)).toThrow(/KEPT_DOCUMENTS.*is needed in production/);
    expect(readGatewayConfig({ ...open, NODE_ENV: 'development' }).KEPT_DOCUMENTS).toBeUndefined();
  });

  it('forbids the planner to report to its vendor', () => {
    forbidVendorTelemetry();
    expect(process.env['APOLLO_TELEMETRY_DISABLED']).toBe('true');
  });
});
