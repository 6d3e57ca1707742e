export { totpCode, type DemoAccount } from './mail/accounts.ts';
export { startMailSink, type MailSink, type MailSinkOptions } from './mail/mail-sink.ts';
export {
  startPaymentSimulator,
  type PaymentSimulator,
  type PaymentSimulatorOptions,
} from './payment-simulator/payment-simulator.ts';
