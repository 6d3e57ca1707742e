import fc from 'fast-check';
import { writeLetter } from '../write-letter.ts';
import { chooseLanguage } from './languages.ts';
import { ALERT_TEMPLATES, OWN_TEMPLATES, REQUESTED_TEMPLATES, type LetterFacts } from './template.ts';
import { isRepeatedHour, offsetMinutes } from './zone-offset.ts';

const templates = [...OWN_TEMPLATES, ...REQUESTED_TEMPLATES, ...ALERT_TEMPLATES];
const languages = ['en', 'de', 'fr', 'es'];
const zones = Intl.supportedValuesOf('timeZone');

function write(language: string, parameters: Record<string, string>, more: Partial<LetterFacts> = {}) {
  const facts = {
    recipientName: null,
    organizationName: 'Riverside Practice',
    timeZone: 'Europe/London',
    parameters,
    ...more,
  };
  return writeLetter('booking-reminder', { language, publicUrl: 'https://book.example', facts }).text;
}

it('[BOK-09] [EDU-06] has every letter in every language, and none says what an appointment is for', () => {
  const given: Record<string, string> = {
    timeZone: 'Asia/Kathmandu',
    amountMinor: '2050',
    currency: 'EUR',
    count: '7',
    people: '8',
    rows: '9',
    minutes: '10',
    serviceName: 'Secret Therapy',
  };
  // Whatever other instant a letter asks for, there is one.
  const parameters = new Proxy(given, {
    get: (known, name) => known[String(name)] ?? '2027-03-01T10:00:00Z',
  });
  const facts = {
    recipientName: 'Ada',
    organizationName: 'Riverside',
    timeZone: 'Europe/London',
    parameters,
  };
  for (const template of templates) {
    const subjects = languages.map((language) => {
      const letter = writeLetter(template, { language, publicUrl: 'https://book.example', facts });
      const { subject, text, html } = letter;
      expect(text).toContain('Riverside');
      expect(text).toContain('Ada');
      expect(html).toMatch(new RegExp(`^<!doctype html>\n<html lang="${language}-[A-Z]{2}">`));
      for (const form of [subject, text, html]) {
        expect(form).not.toMatch(/undefined|null|NaN|\[object|: \.| {2}[a-z]/);
        // What it is for can be a matter of health: that stands behind the link, for whoever may see it.
        expect(form).not.toContain('Secret Therapy');
      }
      return subject;
    });
    expect(new Set(subjects).size).toBe(languages.length);
  }
});

it('[PAY-05] says what of a receipt is tax, tip and discount, and nothing of what is not there', () => {
  const given = { organizationName: 'Riverside', recipientName: null, timeZone: 'Europe/London' };
  const parameters = { amountMinor: '12000', currency: 'EUR', taxMinor: '1916', tipMinor: '500' };
  const receipt = (language: string, more: Record<string, string>) =>
    writeLetter('payment-captured', {
      language,
      publicUrl: 'https://book.example',
      facts: { ...given, parameters: { ...parameters, ...more } },
    }).text;
  for (const language of languages) {
    const said = receipt(language, {});
    for (const part of [/120[.,]00/, /19[.,]16/, /5[.,]00/]) expect(said).toMatch(part);
    expect(receipt(language, { discountMinor: '2500' }).length).toBeGreaterThan(said.length);
  }
});

it('says of a pass that it is one, in each letter about money that one can have', () => {
  const facts = { organizationName: 'Riverside', recipientName: null, timeZone: 'Europe/London' };
  const words = { en: /your pass/, de: /Ihre Mehrfachkarte/, fr: /votre forfait/, es: /su bono/ };
  const appointments = /appointment with|Termin|rendez-vous|cita/;
  for (const template of ['captured', 'refunded', 'refund-failed', 'released', 'disputed'] as const) {
    for (const [language, pass] of Object.entries(words)) {
      const parameters = { amountMinor: '12000', currency: 'EUR', paidFor: 'PASS' };
      const { text } = writeLetter(`payment-${template}`, {
        language,
        publicUrl: 'https://book.example',
        facts: { ...facts, parameters },
      });
      expect(text).toMatch(pass);
      expect(text).not.toMatch(appointments);
    }
  }
});

it('asks clients to make another appointment, and nobody who gives it', () => {
  const given = { organizationName: 'Riverside', recipientName: null, timeZone: 'Europe/London' };
  const parameters = { timeZone: 'Europe/London', startsAt: '2027-03-01T10:00:00Z' };
  for (const language of languages) {
    const [client, provider] = [false, true].map((givesAppointment) => {
      const facts = { ...given, parameters, givesAppointment };
      return writeLetter('booking-cancelled', { language, publicUrl: 'https://book.example', facts }).text;
    });
    expect(client).toContain('https://book.example');
    expect(provider).not.toContain('https://book.example');
  }
});

it('chooses by the tag, writes the clock as its region does, and falls back to English', () => {
  const startsAt = '2027-03-01T15:00:00Z';
  expect(write('en-US', { startsAt })).toMatch(/Monday, March 1, 2027 at 3:00\sPM \(Europe\/London\)/);
  expect(write('en', { startsAt })).toMatch(/Monday,? 1 March 2027 at 15:00/);
  expect(write('de-AT', { startsAt })).toMatch(/Montag, 1\. März 2027 um 15:00/);
  expect(write('de-AT', { startsAt })).toContain('Sie haben einen Termin');
  expect(write('fr', { startsAt })).toMatch(/lundi 1 mars 2027 à 15:00/);
  expect(write('es', { startsAt })).toMatch(/lunes, 1 de marzo de 2027, 15:00/);
  for (const unknown of ['tlh', '', 'zh-Hant-TW', '../../etc'])
    expect(chooseLanguage(unknown)).toMatchObject({ language: { code: 'en' }, locale: 'en-GB' });
});

it('writes both clocks where they differ, and the place’s alone for whoever comes there', () => {
  const parameters = { startsAt: '2027-03-01T15:00:00Z', timeZone: 'America/New_York' };
  const both = write('en', parameters);
  expect(both).toContain('15:00 (Europe/London), which is');
  expect(both).toContain('10:00 (America/New_York)');
  const there = write('en', { ...parameters, inPerson: 'true' });
  expect(there).toContain('10:00 (America/New_York)');
  expect(there).not.toContain('Europe/London');
});

it('says which of the two half past ones it is when clocks were set back, and nothing otherwise', () => {
  const at = (startsAt: string, timeZone = 'Europe/London') => write('en', { startsAt }, { timeZone });
  expect(at('2027-10-31T00:30:00Z')).toContain('01:30 (Europe/London, UTC+1)');
  expect(at('2027-10-31T01:30:00Z')).toContain('01:30 (Europe/London, UTC+0)');
  expect(at('2027-10-31T02:30:00Z')).toContain('02:30 (Europe/London)');
  // Half an hour, and hours before Greenwich.
  expect(at('2027-04-03T14:45:00Z', 'Australia/Lord_Howe')).toContain('(Australia/Lord_Howe, UTC+11)');
  expect(at('2027-04-03T15:15:00Z', 'Australia/Lord_Howe')).toContain('(Australia/Lord_Howe, UTC+10:30)');
  expect(at('2027-11-07T05:15:00Z', 'America/St_Johns')).toContain('UTC−3:30');
});

it('[BOK-09] in every zone, at every change of its clock: two instants are never written alike', () => {
  const hour = 3_600_000;
  const year = Date.UTC(2027, 0, 1);
  const changes = zones.flatMap((timeZone) => {
    const found: { timeZone: string; at: number }[] = [];
    let before = offsetMinutes(new Date(year), timeZone);
    for (let at = year; at < year + 366 * 24 * hour; at += 14 * 24 * hour) {
      const after = offsetMinutes(new Date(at), timeZone);
      if (after !== before) found.push({ timeZone, at: changeWithin(timeZone, at - 14 * 24 * hour, at) });
      before = after;
    }
    return found;
  });
  expect(changes.length).toBeGreaterThan(200);
  fc.assert(
    fc.property(
      fc.constantFrom(...changes),
      fc.record({ minutes: fc.integer({ min: -180, max: 180 }), apart: fc.constantFrom(30, 60, 120) }),
      fc.constantFrom(...languages),
      ({ timeZone, at }, { minutes, apart }, language) => {
        const [first, second] = [at + minutes * 60_000, at + (minutes + apart) * 60_000].map((instant) =>
          write(language, { startsAt: new Date(instant).toISOString() }, { timeZone }),
        );
        expect(first).not.toBe(second);
      },
    ),
    { numRuns: process.env['KEPT_NIGHTLY'] === '1' ? 5_000 : 150 },
  );
});

it('finds repeated hours where the platform’s own clock shows them twice, and only there', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 365 * 24 * 2 }),
      (timeZone, halfHours) => {
        const at = new Date(Date.UTC(2027, 0, 1) + halfHours * 1_800_000);
        const shown = (date: Date) => date.toLocaleString('sv-SE', { timeZone });
        const twins = [-120, -60, -30, 30, 60, 120].filter(
          (minutes) => shown(new Date(at.getTime() + minutes * 60_000)) === shown(at),
        );
        expect(isRepeatedHour(at, timeZone)).toBe(twins.length > 0);
      },
    ),
    { numRuns: 200 },
  );
});

function changeWithin(timeZone: string, from: number, to: number): number {
  const offset = (at: number) => offsetMinutes(new Date(at), timeZone);
  let [low, high] = [from, to];
  while (high - low > 60_000) {
    const middle = low + Math.floor((high - low) / 120_000) * 60_000;
    if (offset(middle) === offset(from)) low = middle;
    else high = middle;
  }
  return high;
}
