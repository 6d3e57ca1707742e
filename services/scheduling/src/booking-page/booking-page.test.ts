import { buildASTSchema, isListType, isNonNullType, isObjectType, type GraphQLOutputType } from 'graphql';
import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';
import { readSdl } from '@kept/subgraph-kit';
import { schedulingDeclarations } from '../database.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { english } from './en.ts';
import { german } from './de.ts';
import { LANGUAGES, languageOf } from './languages.ts';
import { writeNotice } from './write-notice.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const PAGE = `query ($id: ID!, $language: String!, $zone: TimeZone) { bookingPage(serviceId: $id, language: $language, timeZone: $zone) {
  organizationName timeZone language policies service { name timeZoneVisible variants { name } price { amountMinor } }
  nextDays { date count firstSlots { startsAt localStart } }
  privacyNotice { title who purposes { purpose lawfulBasis data howLong } rights whole wholeAddress wholePurpose } } }`;

const rule = (name: string, period: string) =>
  retentionRule({ name, clock: 'ends_at', period, then: 'delete_row', reason: 'because' });
const about = {
  subject: 'id',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  reason: 'r',
  erase: 'keep',
  export: 'client',
} as const;
const SAMPLE = [
  declareTable('visit', {
    id: notPersonal('Random reference'),
    ends_at: personal({ ...about, category: 'kept:Schedule', retention: rule('long', 'P24M') }),
    remark: personal({ ...about, category: 'pd:Communication', retention: rule('short', 'P30D') }),
    remind: personal({
      ...about,
      purposes: ['booking.reminder'],
      basis: 'gdpr:A6-1-a',
      category: 'kept:Schedule',
      retention: rule('r', 'P1Y'),
    }),
  }),
];
const noticeIn = (language: typeof english, declarations = SAMPLE) =>
  writeNotice(declarations, {
    language,
    organizationName: 'Praxis am Park',
    publicUrl: 'https://book.example/',
  });

it('[CON-12] the short notice is written from the declarations: who, what for, on which ground, how long, rights, and the whole', () => {
  expect(noticeIn(english)).toEqual({
    title: 'What we do with your data',
    who: 'Praxis am Park is responsible for your data.',
    purposes: [
      {
        purpose: 'To make, keep and hold your appointment',
        lawfulBasis: 'because the appointment needs it (GDPR Art. 6(1)(b))',
        data: ['times of appointments', 'what you write to us'],
        howLong: 'at most 24 months',
      },
      {
        purpose: 'To remind you of it',
        lawfulBasis: 'because you agreed; you can take that back at any time (GDPR Art. 6(1)(a))',
        data: ['times of appointments'],
        howLong: 'at most 1 year',
      },
    ],
    rights:
      'You can ask to see, correct, take with you or delete your data, object to its use, and complain to a supervisory authority.',
    whole: 'Read the whole privacy notice',
    wholeAddress: 'https://book.example/privacy?purpose=booking.service&language=en',
    wholePurpose: 'booking.service',
  });
  expect(noticeIn(german).purposes.map(({ howLong }) => howLong)).toEqual([
    'höchstens 24 Monate',
    'höchstens 1 Jahr',
  ]);
  // What is declared is what is said: a new column appears without anybody thinking of the notice.
  const more = declareTable('more', {
    x: personal({ ...about, category: 'pd:Name', retention: rule('m', 'P10Y') }),
  });
  expect(noticeIn(english, [...SAMPLE, more]).purposes[0]).toMatchObject({
    data: ['times of appointments', 'what you write to us', 'names'],
    howLong: 'at most 10 years',
  });
});

it.each(LANGUAGES)('[CON-12] has words in $code for everything that this service declares', (language) => {
  const { purposes } = noticeIn(language, schedulingDeclarations);
  const said = JSON.stringify(purposes);
  for (const unsaid of [language.otherPurpose, language.otherBasis, language.otherCategory])
    expect(said).not.toContain(unsaid);
  expect(said).not.toMatch(/pd:|dpv:|kept:|gdpr:|undefined|P\d+[YMWD]/);
  expect(purposes.length).toBeGreaterThanOrEqual(2);
});

it('[CON-12] no page can be without the notice: the schema has no null in it anywhere', () => {
  const schema = buildASTSchema(readSdl(`${import.meta.dirname}/..`), { assumeValidSDL: true });
  const nullable: string[] = [];
  const look = (type: GraphQLOutputType, path: string): void => {
    if (!isNonNullType(type)) nullable.push(path);
    const inner = isNonNullType(type) ? type.ofType : type;
    if (isListType(inner)) look(inner.ofType as GraphQLOutputType, `${path}[]`);
    else if (isObjectType(inner))
      for (const field of Object.values(inner.getFields())) look(field.type, `${path}.${field.name}`);
  };
  const page = schema.getType('BookingPage');
  if (!isObjectType(page)) throw new Error('there is a booking page');
  const notice = page.getFields()['privacyNotice'];
  if (!notice) throw new Error('a booking page has a privacy notice');
  look(notice.type, 'privacyNotice');
  expect(nullable).toEqual([]);
});

it('[CON-12] answers the same page to everybody, with free days, rules in sentences and the notice in their language', async () => {
  const business = await openBusiness(test, {
    depositMinor: 2000,
    minimumLeadMinutes: 120,
    cancellationWindowMinutes: 2880,
  });
  const ask = async (language: string, by = business.anonymous(), zone: string | null = null) => {
    const { data, errors } = await test.ask(by, PAGE, { id: business.serviceId, language, zone });
    expect(errors).toEqual([]);
    return (data as { bookingPage: Record<string, unknown> }).bookingPage;
  };
  const page = await ask('en');
  expect(page).toMatchObject({
    organizationName: 'A Business',
    timeZone: 'Europe/London',
    service: { name: 'An hour', price: { amountMinor: 8000 } },
    privacyNotice: {
      who: 'A Business is responsible for your data.',
      wholeAddress: '/privacy?purpose=booking.service&language=en',
    },
  });
  expect(page['policies']).toEqual([
    'A deposit of £20.00 is due when you book.',
    'Please book at least 2 hours ahead.',
    'You can cancel free of charge until 2 days before the appointment.',
    'You can move it 2 times, until 24 hours before it begins.',
  ]);
  expect(page['nextDays']).toHaveLength(5);
  expect(page['nextDays']).toMatchObject([
    { date: '2027-02-01', firstSlots: [{ startsAt: '2027-02-01T08:00:00.000Z' }, {}, {}] },
    { date: '2027-02-02' },
    {},
    {},
    {},
  ]);
  expect(await ask('en', await business.client())).toEqual(page);
  // In Auckland it is already Monday evening: the next free day there begins with London's morning.
  expect((await ask('en', business.anonymous(), 'Pacific/Auckland'))['nextDays']).toMatchObject([
    { date: '2027-02-01' },
    {},
    {},
    {},
    {},
  ]);
  for (const { code, title } of LANGUAGES)
    expect(await ask(code)).toMatchObject({ language: code, privacyNotice: { title } });
  for (const [asked, code] of [
    ['fr-CH', 'fr'],
    ['DE_at', 'de'],
    ['tlh', 'en'],
    ['', 'en'],
    ['x'.repeat(5000), 'en'],
  ] as const)
    expect(languageOf(asked).code).toBe(code);
  const elsewhere = await openBusiness(test);
  const { data, errors } = await test.ask(elsewhere.anonymous(), PAGE, {
    id: business.serviceId,
    language: 'en',
  });
  expect(data).toEqual({ bookingPage: null });
  expect(errors[0]?.extensions?.code).toBe('NOT_FOUND');
});
