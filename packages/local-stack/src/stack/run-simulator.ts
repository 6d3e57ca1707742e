// The payment simulator as a process of its own, for `docker compose up`. Its settings come from the environment.
import { startPaymentSimulator } from '../payment-simulator/payment-simulator.ts';

const setting = (name: string): string => {
  const value = process.env[name];
  if (value) return value;
  process.stderr.write(`The payment simulator cannot start: ${name} is missing.\n`);
  process.exit(1);
};

const publicUrl = process.env['SIMULATOR_PUBLIC_URL'];
const stateFile = process.env['SIMULATOR_STATE_FILE'];
const simulator = await startPaymentSimulator({
  host: process.env['KEPT_HOST'] ?? '127.0.0.1',
  port: Number(process.env['KEPT_PORT'] ?? 4190),
  webhookUrl: setting('SIMULATOR_WEBHOOK_URL'),
  webhookSecret: setting('STRIPE_WEBHOOK_SECRETS').split(',')[0] ?? '',
  ...(stateFile ? { stateFile } : {}),
  ...(publicUrl ? { publicUrl } : {}),
  log: { warn: (_detail, message) => void process.stdout.write(`${message}\n`) },
});
process.stdout.write(`The payment simulator listens on ${simulator.url}. No money moves here.\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void simulator.stop().then(() => process.exit(0)));
}
