import { Secret } from 'otpauth';
import { newTotpSecret, stepOfCode, totpUri } from './totp.ts';

// The secret of both documents: the ASCII text "12345678901234567890".
const SECRET = Secret.fromLatin1('12345678901234567890').base32;
const at = (seconds: number) => new Date(seconds * 1_000);

it('[AUT-01] gives the values of RFC 4226, appendix D, for the first ten counts', () => {
  const codes = [
    '755224',
    '287082',
    '359152',
    '969429',
    '338314',
    '254676',
    '287922',
    '162583',
    '399871',
    '520489',
  ];
  expect(codes.map((code, step) => stepOfCode(SECRET, code, at(step * 30)))).toEqual([...codes.keys()]);
});

it('[AUT-01] gives the values of RFC 6238, appendix B, as the last six of their eight digits', () => {
  const vectors = [
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ] as const;
  for (const [seconds, code] of vectors)
    expect([code, stepOfCode(SECRET, code.slice(-6), at(seconds))]).toEqual([code, Math.floor(seconds / 30)]);
});

it('[AUT-01] takes a code half a minute early or late and says which step it is of, and none a minute away', () => {
  const [now, code] = [1111111111, '050471'];
  const step = Math.floor(now / 30);
  expect([-30, 0, 30].map((later) => stepOfCode(SECRET, code, at(now + later)))).toEqual([step, step, step]);
  expect([-60, 60].map((later) => stepOfCode(SECRET, code, at(now + later)))).toEqual([undefined, undefined]);
});

it('[AUT-01] takes six digits and blanks between them, nothing else', () => {
  expect(stepOfCode(SECRET, '050 471', at(1111111111))).toBe(37037037);
  for (const code of ['', '50471', '0050471', '05047a', '٠٥٠٤٧١', '-50471', '050471\u0000'])
    expect([code, stepOfCode(SECRET, code, at(1111111111))]).toEqual([code, undefined]);
});

it('[AUT-01] makes secrets of 160 bits, each another one, and addresses that apps read', () => {
  const secrets = Array.from({ length: 50 }, newTotpSecret);
  expect(new Set(secrets).size).toBe(50);
  expect(secrets.every((secret) => Secret.fromBase32(secret).bytes.length === 20)).toBe(true);
  expect(totpUri(SECRET, { issuer: 'Riverside Practice', label: 'ada@example.org' })).toBe(
    `otpauth://totp/Riverside%20Practice:ada%40example.org?issuer=Riverside%20Practice&secret=${SECRET}&algorithm=SHA1&digits=6&period=30`,
  );
});
