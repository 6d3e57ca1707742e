export { machineCertificate, type MachineCertificate } from './certificate/index.ts';
export { totpCode, type DemoAccount } from './mail/accounts.ts';
export { startMailSink, type MailSink, type MailSinkOptions } from './mail/mail-sink.ts';
export {
  startPaymentSimulator,
  type PaymentSimulator,
  type PaymentSimulatorOptions,
} from './payment-simulator/payment-simulator.ts';
export { startPostgres, type PostgresOptions, type PostgresServer } from './postgres/server.ts';
export { PostgresTrouble } from './postgres/trouble.ts';
export type { Child } from './stack/child.ts';
export { demoOrganizations, type StackAccount } from './stack/demo-accounts.ts';
export { measureMemory, type ProcessMemory } from './stack/memory.ts';
export { portsFrom, type StackPorts } from './stack/ports.ts';
export type { ProcessName } from './stack/programs.ts';
export { resetDirectory } from './stack/reset-directory.ts';
export { newSecrets, serviceNames, type ServiceName, type StackSecrets } from './stack/secrets.ts';
export type { StackAddresses } from './stack/addresses.ts';
export { prepareStack, startStack, type Stack, type StackOptions } from './stack/start-stack.ts';
export { sentenceFor, StackTrouble } from './stack/trouble.ts';
