import { join } from 'node:path';
import { startMailSink, type MailSink } from '../mail/mail-sink.ts';
import { startPaymentSimulator, type PaymentSimulator } from '../payment-simulator/payment-simulator.ts';
import type { MachineCertificate } from '../certificate/index.ts';
import { stackClock } from './clock.ts';
import { demoOrganizations, type StackAccount } from './demo-accounts.ts';
import { processUrl } from './environment.ts';
import type { StackPorts } from './ports.ts';
import type { StackSecrets } from './secrets.ts';

const host = '127.0.0.1';

export interface OutsideWorld {
  mail: MailSink;
  simulator: PaymentSimulator;
}

const organizationOf = (account: StackAccount): string =>
  demoOrganizations.find(({ id }) => id === account.organizationId)?.name ?? '';

/** What Kept meets outside itself, on this machine: a mail server that delivers to nobody, a payment provider without money. */
export async function startOutsideWorld(options: {
  directory: string;
  ports: StackPorts;
  secrets: StackSecrets;
  clockOffsetFile?: string | undefined;
  certificate?: MachineCertificate | undefined;
  log: (line: string) => void;
}): Promise<OutsideWorld> {
  const { directory, ports, secrets, clockOffsetFile, certificate, log } = options;
  const clock = stackClock(clockOffsetFile);
  const accounts = secrets.accounts.map((account) => ({ ...account, organization: organizationOf(account) }));
  const mail = await startMailSink({
    host,
    smtpPort: ports.smtp,
    pagePort: ports.mailPage,
    directory: join(directory, 'mail'),
    accounts: () => Promise.resolve(accounts),
    clock,
  });
  try {
    const simulator = await startPaymentSimulator({
      host,
      port: ports.simulator,
      webhookUrl: `${processUrl(ports.payments, certificate)}/webhooks/stripe`,
      webhookSecret: secrets.webhookSecret,
      stateFile: join(directory, 'payment-simulator.json'),
      clock,
      log: { warn: (_detail, message) => log(`payment simulator: ${message}`) },
    });
    return { mail, simulator };
  } catch (error) {
    await mail.stop();
    throw error;
  }
}
