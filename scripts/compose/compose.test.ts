import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { newSecrets, serviceNames } from '@kept/local-stack';
import { parse } from 'yaml';
import { secretsFile } from './secrets-file.ts';

interface ComposeService {
  image: string;
  command?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  networks: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  profiles?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  services: Record<string, ComposeService>;
  networks: Record<string, { internal?: boolean }>;
}

const root = join(import.meta.dirname, '../..');
const text = await readFile(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.image === 'kept:local');

async function validator() {
  const schema = JSON.parse(
    await readFile(join(import.meta.dirname, 'compose-spec.schema.json'), 'utf8'),
  ) as Record<string, unknown>;
  // Ajv knows draft-07 by its http:// name; the formats are Compose's own and only annotate.
  delete schema['$schema'];
  const formats = { ports: true, expose: true, duration: true, subnet_ip_address: true } as const;
  return new Ajv({ strict: false, formats }).compile(schema);
}

describe('docker-compose.yml', () => {
  it('is a Compose file, and the schema would notice if not', async () => {
    const validate = await validator();
    validate(compose);
    expect(validate.errors).toBeNull();
    const [name, service] = services[0] ?? ['', {}];
    expect(validate({ ...compose, services: { [name]: { ...service, portz: ['1:1'] } } })).toBe(false);
  });

  it('runs PostgreSQL, Redis, Mailpit, four services, the gateway, and migrates first', () => {
    const names = services.map(([name]) => name);
    expect(names).toEqual(
      expect.arrayContaining(['postgres', 'redis', 'mailpit', 'gateway', 'migrate', ...serviceNames]),
    );
    for (const name of serviceNames) {
      expect(compose.services[name]?.depends_on?.['migrate']).toEqual({
        condition: 'service_completed_successfully',
      });
      expect(compose.services['gateway']?.depends_on?.[name]).toEqual({ condition: 'service_healthy' });
    }
  });

  it('holds no secret: each is demanded from outside, with the way to make it', () => {
    const secret = /KEY|PASSWORD|SECRET|PEPPER|_URL$/;
    for (const [name, service] of services) {
      for (const [variable, value] of Object.entries(service.environment ?? {})) {
        const carries = secret.test(variable) && /PASS|KEY|SECRET|PEPPER/.test(`${variable}${value}`);
        if (!carries || variable === 'KEPT_JWKS_URL') continue;
        expect(`${name} ${variable} ${value}`).toMatch(/\$\{\w+:\?run: npm run compose:secrets\}/);
      }
    }
    // And no long random-looking word stands anywhere in it.
    expect(
      text
        .match(/[A-Za-z0-9+/_-]{32,}/g)
        ?.filter((word) => /\d/.test(word) && /[A-Z]/.test(word) && /[a-z]/.test(word)) ?? [],
    ).toEqual([]);
  });

  it('demands exactly what `npm run compose:secrets` makes', () => {
    const demanded = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name = '']) => name));
    const made = new Set(
      [...secretsFile(newSecrets()).matchAll(/^(\w+)='[^']+'$/gm)].map(([, name = '']) => name),
    );
    expect([...made].toSorted()).toEqual([...demanded].toSorted());
  });

  it.each(services)('%s has a fixed image, a memory limit, and says whether it is well', (_name, service) => {
    expect(service.image).toMatch(/^kept:local$|:v?\d+\.\d+/);
    expect(service.mem_limit).toBeDefined();
    const endsByItself =
      service.profiles?.includes('demo') || service.command?.[0] === 'scripts/dist/migrate.js';
    if (endsByItself) expect(service.healthcheck).toEqual({ disable: true });
    else expect(service.healthcheck?.test ?? service.image).toBeTruthy();
  });

  it.each(ours)('%s runs without privileges, on a file system it cannot change', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('is reached at the gateway, the mailbox and the simulator only, from this machine only', () => {
    const published = services.filter(([, service]) => (service.ports ?? []).length > 0);
    // The simulator listens in the network of payments, whose own port stays inside.
    expect(published.map(([name]) => name).toSorted()).toEqual(['gateway', 'mailpit', 'payments']);
    expect(compose.services['payments']?.ports).toEqual(['127.0.0.1:4190:4190']);
    for (const [, service] of published)
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(compose.networks['inside']).toEqual({ internal: true });
    for (const name of ['postgres', 'redis', 'scheduling', 'compliance'])
      expect(compose.services[name]?.networks).toEqual(['inside']);
  });

  it('gives the gateway the manifests of documents, which it can read and not write', () => {
    const gateway = compose.services['gateway'];
    expect(gateway?.environment?.['KEPT_DOCUMENTS']).toBe('/documents');
    const [volume = ''] = gateway?.volumes ?? [];
    const [, folder = ''] = /^\$\{KEPT_DOCUMENTS_FOLDER:-(.+)\}:\/documents:ro$/.exec(volume) ?? [];
    expect(readdirSync(join(root, folder)).filter((file) => file.endsWith('.json'))).not.toEqual([]);
  });

  it('gives the owners’ passwords to the migration alone, and each key to its service and the gateway alone', () => {
    for (const service of serviceNames) {
      const holders = (what: string): string[] =>
        services
          .filter(
            ([name, { environment }]) =>
              !name.startsWith('seed-') &&
              JSON.stringify(environment ?? {}).includes(`KEPT_${service.toUpperCase()}_${what}`),
          )
          .map(([name]) => name);
      expect(holders('OWNER_PASSWORD')).toEqual(['migrate']);
      expect(holders('ROOT_KEY')).toEqual([service]);
      expect(holders('SIGNING_KEY')).toEqual([service]);
      expect(holders('PASSPORT_KEY').toSorted()).toEqual(['gateway', service].toSorted());
    }
  });
});
