import { randomBytes, randomUUID } from 'node:crypto';
import { CARD_FORMATS } from './card-formats.ts';
import { looksLikeCard, splitCard } from './looks-like-card.ts';

describe('what looks like a card number', () => {
  it('is found in each of 200 and more ways to write one', () => {
    expect(CARD_FORMATS.length).toBeGreaterThanOrEqual(200);
    expect(CARD_FORMATS.filter(({ text }) => !looksLikeCard(text))).toEqual([]);
  });

  it('is found among other numbers, in a longer run of digits, and split over several texts', () => {
    expect(looksLikeCard('order 12, 4111 1111 1111 1111, room 4')).toBe(true);
    expect(looksLikeCard('00004111111111111111122700001111')).toBe(true);
    expect(splitCard(['4111', 'Anna', '1111', '1111', '1111'])).toBe(true);
    expect(splitCard(['41111111', '11111111'])).toBe(true);
    expect(splitCard(['123456'])).toBe(false);
  });

  it.each([
    ['a wrong check digit', '4111 1111 1111 1112'],
    ['a telephone number', '+49 176 12345678'],
    ['telephone numbers', 'call +4917612345678 or +1 415 555 2671'],
    ['an instant', '2027-03-01T10:00:00.000+02:00'],
    ['instants', '2026-11-29T09:30:00Z/2026-11-29T10:20:00Z'],
    ['days in a sentence', 'between 2027-03-01 and 2027-04-01'],
    ['a short number', '424242424242'],
    ['nothing', ''],
    ['zeros', '0000 0000 0000 0000'],
    ['Unicode names', 'Дмитрий 王小明 מרים 👩‍⚕️'],
  ])('is not %s', (_what, text) => {
    expect(looksLikeCard(text)).toBe(false);
  });

  it('is not an id, a hash or a random token of ours', () => {
    const ours = Array.from({ length: 5_000 }, () => [
      randomUUID(),
      `booking ${randomUUID()} of ${randomUUID()}`,
      `${randomBytes(31).toString('hex')}ab`,
      `${randomBytes(19).toString('hex')}ab`,
      randomBytes(32)
        .toString('base64url')
        .replaceAll(/\d{4,}/g, 'x'),
    ]).flat();
    expect(ours.filter(looksLikeCard)).toEqual([]);
  });

  it('[gateway A25] is looked for in the largest request as fast as in sixteen small ones, whatever fills it', () => {
    const largest = 256 * 1024;
    /** What it costs this process, in microseconds: other processes may have the machine meanwhile. */
    const cost = (text: string, times: number) => {
      const before = process.cpuUsage();
      for (let at = 0; at < times; at += 1) expect(looksLikeCard(text)).toBe(false);
      return process.cpuUsage(before).user;
    };
    for (const text of ['\u0344\u0327\u0315', 'a\u0315\u0300', '\uff9e\uff9f', '\ufdfa', '5 5 3 ', '٩ ']) {
      const filling = (bytes: number) => text.repeat(bytes / Buffer.byteLength(text));
      // Sorting a long run of accents took seven seconds, and small ones no time at all.
      const small = cost(filling(largest / 16), 16);
      expect(cost(filling(largest), 1)).toBeLessThan(4 * small + 200_000);
    }
  });

  it('is found between and below accents', () => {
    expect(looksLikeCard([...'4111111111111111'].join('\u0301\u0301\u0301\u0301'))).toBe(true);
    expect(looksLikeCard([...'4111111111111111'].map((digit) => `${digit}\ufe0f\u20e3`).join(''))).toBe(true);
  });
});
