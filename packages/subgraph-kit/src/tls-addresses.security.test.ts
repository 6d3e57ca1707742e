// The hole this keeps closed: an address that looks like this machine, or like TLS with the certificate checked, and whose
// parameters say otherwise to the program that reads it.
import { isEncrypted } from './tls.ts';

it.each([
  // pg-connection-string and libpq: a parameter stands above the host of the address, and the last of several counts.
  ['postgresql://a:b@127.0.0.1/c?host=database.example', false],
  ['postgresql://a:b@localhost/c?hostaddr=203.0.113.7', false],
  ['postgresql://a:b@localhost/c?host=%2Fvar%2Frun%2Fpostgresql', true],
  ['postgresql://a:b@localhost/c?host=database.example&sslmode=verify-full', true],
  ['postgresql://a:b@database.example/c?sslmode=verify-full&sslmode=disable', false],
  // nodemailer takes options of the TLS connection out of the address.
  ['smtps://mail.example?tls.rejectUnauthorized=false', false],
  ['smtp://mail.example?requireTLS=true&tls.rejectUnauthorized=false', false],
  ['smtp://mail.example?requireTLS=true&requireTLS=false', false],
  ['smtps://mail.example?pool=true', true],
])('[ENC-01] %s: encrypted or on this machine: %s', (address, encrypted) => {
  expect(isEncrypted(address)).toBe(encrypted);
});
