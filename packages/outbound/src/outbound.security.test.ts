/**
 * The hole: a calendar's address is typed in by people, and this process stands inside the network. Whoever types in
 * `http://169.254.169.254/`, or a name that leads there the second time it is asked, must not make us call it; and what
 * we do call is who it says it is, or nothing is sent.
 */
import type { LookupAddress } from 'node:dns';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import {
  certificateFor,
  openHostileServer,
  type HostileServer,
  type TestCertificate,
} from './hostile-for-tests.ts';
import { openOutbound, type Outbound, type OutboundRequest } from './open-outbound.ts';
import { OutboundRefused } from './outbound-refused.ts';

const DAY = 86_400_000;
const LOOPBACK: LookupAddress = { address: '127.0.0.1', family: 4 };
const PUBLIC: LookupAddress = { address: '93.184.215.14', family: 4 };
const open: (HostileServer | Outbound)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

const valid = certificateFor('localhost', {
  from: new Date(Date.now() - DAY),
  until: new Date(Date.now() + DAY),
});

async function serve(answer: RequestListener, certificate?: TestCertificate): Promise<HostileServer> {
  const server = await openHostileServer(answer, certificate);
  open.push(server);
  return server;
}
function outbound(options: Partial<Parameters<typeof openOutbound>[0]> = {}): Outbound {
  const made = openOutbound({ development: true, idleMs: 400, ...options });
  open.push(made);
  return made;
}
const reasonOf = async (way: Outbound, url: string, request?: OutboundRequest): Promise<unknown> =>
  way.call(url, request).then(
    ({ status }) => status,
    (error: unknown) => (error instanceof OutboundRefused ? error.reason : error),
  );

describe('who is called', () => {
  it('[ENC-09] refuses every address in clear, before anything is looked up', async () => {
    let asked = 0;
    const resolve = () => Promise.resolve([((asked += 1), PUBLIC)]);
    const way = outbound({ development: false, resolve });
    expect(await reasonOf(way, 'http://calendar.example/feed.ics')).toBe('NOT_ENCRYPTED');
    expect(() => way.check('http://calendar.example/feed.ics')).toThrow('Only encrypted addresses');
    expect(asked).toBe(0);
  });

  it.each([
    ['10.0.0.1', '127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '169.254.169.254'],
    ['192.168.1.1', '172.16.0.1', '100.64.0.1', '0.0.0.0', '255.255.255.255', '224.0.0.1', '198.18.0.1'],
    ['[::1]', '[::]', '[fe80::1]', '[fd00:ec2::254]', '[ff02::1]', '[::ffff:127.0.0.1]', '[::ffff:a00:1]'],
    ['[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[2001:0:1::1]', '[::127.0.0.1]', '[fec0::1]', '[4000::1]'],
  ])('[ENC-09] refuses addresses that are not public: %s, %s, %s…', async (...hosts) => {
    const way = outbound({ development: false });
    for (const host of hosts) {
      expect([host, await reasonOf(way, `https://${host}/`)]).toEqual([host, 'ADDRESS_NOT_PUBLIC']);
    }
  });

  it.each([
    'file:///etc/passwd',
    'ftp://a.example/',
    'https://me:secret@a.example/',
    'https://',
    'x'.repeat(3_000),
  ])('refuses what is no address to call: %.40s', async (address) => {
    expect(await reasonOf(outbound(), address)).toBe('ADDRESS_NOT_USABLE');
  });

  it('[ENC-09] refuses a name that leads to a private address, also beside a public one', async () => {
    const server = await serve((_request, response) => response.end('secret'), await valid);
    for (const addresses of [[LOOPBACK], [PUBLIC, LOOPBACK], [{ address: '::1', family: 6 }]]) {
      const way = outbound({ development: false, resolve: () => Promise.resolve(addresses) });
      expect(await reasonOf(way, server.url)).toBe('ADDRESS_NOT_PUBLIC');
    }
    expect(server.connections()).toBe(0);
  });

  it('[ENC-09] goes where it looked: a name that changes its address is not asked again', async () => {
    const server = await serve((_request, response) => response.end('public'), await valid);
    const answers = [[LOOPBACK], [{ address: '10.0.0.1', family: 4 }]];
    let asked = 0;
    const resolve = () => Promise.resolve(answers[Math.min(asked++, 1)] ?? []);
    const way = outbound({ resolve, authorities: [(await valid).cert] });
    expect(await reasonOf(way, server.url)).toBe(200);
    expect(asked).toBe(1);
    // And a second connection is looked at as the first was.
    const other = await serve((_request, response) => response.end(), await valid);
    expect(await reasonOf(way, other.url)).toBe('ADDRESS_NOT_PUBLIC');
    expect(other.connections()).toBe(0);
  });

  it('[ENC-09] looks at every redirect, and follows only so many', async () => {
    const to =
      (location: string): RequestListener =>
      (_request, response) =>
        response.writeHead(302, { location }).end();
    const way = outbound({ authorities: [(await valid).cert] });
    const secure = async (location: string) => (await serve(to(location), await valid)).url;
    expect(await reasonOf(way, await secure('https://169.254.169.254/latest/meta-data'))).toBe(
      'ADDRESS_NOT_PUBLIC',
    );
    expect(await reasonOf(way, await secure('file:///etc/passwd'))).toBe('ADDRESS_NOT_USABLE');
    expect(await reasonOf(way, await secure('/again'))).toBe('TOO_MANY_REDIRECTS');
    expect(await reasonOf(way, await secure('/again'), { redirectsMax: 0 })).toBe(302);
    const strict = outbound({ development: false, resolve: () => Promise.resolve([PUBLIC]) });
    expect(() => strict.check('http://localhost/')).toThrow(OutboundRefused);
  });
});

describe('who answers', () => {
  const trusting = async (certificate: TestCertificate) => outbound({ authorities: [certificate.cert] });

  it('[ENC-09] refuses a certificate that nobody vouches for, one that has run out, and one for another name', async () => {
    const good = await valid;
    const expired = await certificateFor('localhost', {
      from: new Date(Date.now() - 9 * DAY),
      until: new Date(Date.now() - DAY),
    });
    const other = await certificateFor('calendar.example', {
      from: new Date(Date.now() - DAY),
      until: new Date(Date.now() + DAY),
    });
    let heard = 0;
    const listen: RequestListener = (_request, response) => {
      heard += 1;
      response.end();
    };
    const url = async (certificate: TestCertificate) => (await serve(listen, certificate)).url;
    expect(await reasonOf(outbound(), await url(good))).toBe('CERTIFICATE_REFUSED');
    expect(await reasonOf(await trusting(expired), await url(expired))).toBe('CERTIFICATE_REFUSED');
    expect(await reasonOf(await trusting(other), await url(other))).toBe('CERTIFICATE_REFUSED');
    expect(heard).toBe(0);
    expect(await reasonOf(await trusting(good), await url(good))).toBe(200);
  });

  it('sends credentials to the origin that they are for, and to no other', async () => {
    const good = await valid;
    const seen: (string | undefined)[] = [];
    const thief = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    }, good);
    const honest = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(307, { location: `${thief.url}/here` }).end();
    }, good);
    const way = outbound({ authorities: [good.cert] });
    const authorization = { origin: honest.url, value: 'Basic c2VjcmV0' };
    const headers = { Authorization: 'Basic from elsewhere', Cookie: 'a=b' };
    expect(await reasonOf(way, honest.url, { authorization, headers })).toBe(200);
    expect(seen).toStrictEqual(['Basic c2VjcmV0', undefined]);
  });
});

describe('how much and how long', () => {
  const cases: [string, string | number, RequestListener, OutboundRequest?][] = [
    ['says nothing', 'TIMED_OUT', () => undefined],
    ['falls silent', 'TIMED_OUT', (_request, response) => void response.write('a')],
    [
      'sends a byte now and then',
      'TIMED_OUT',
      (_request, response) => {
        const timer = setInterval(() => response.write('a'), 50);
        response.on('close', () => clearInterval(timer));
      },
      { totalMs: 700 },
    ],
    [
      'never ends',
      'TOO_LARGE',
      (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', more);
        more();
      },
    ],
    [
      'sends 60 MB as 60 kB of gzip',
      'TOO_LARGE',
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(60_000_000)));
      },
    ],
    [
      'says gzip and sends something else',
      'NOT_READABLE',
      (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain'),
    ],
    [
      'packs twice',
      'NOT_READABLE',
      (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(),
    ],
    ['hangs up', 'NOT_READABLE', (request) => void request.socket.destroy()],
    [
      'sends endless headers',
      'TOO_LARGE',
      (_request, response) => void response.setHeader('a', 'b'.repeat(30_000)).end(),
    ],
    [
      'answers',
      200,
      (_request, response) => void response.setHeader('content-encoding', 'gzip').end(gzipSync('ok')),
    ],
  ];
  it.each(cases)('gives up on a server that %s: %s', async (...[_what, reason, answer, request]) => {
    const server = await serve(answer);
    expect(await reasonOf(outbound(), server.url, request)).toBe(reason);
  });

  it('lets only so many calls out at once; whoever waits too long is told so', async () => {
    let under = 0;
    let most = 0;
    const server = await serve((_request, response) => {
      most = Math.max(most, (under += 1));
      setTimeout(() => {
        under -= 1;
        response.end();
      }, 20);
    });
    const way = outbound({ callsMax: 2 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => reasonOf(way, server.url)));
    expect(answers).toEqual(Array(8).fill(200));
    expect(most).toBe(2);
    const silent = await serve(() => undefined);
    const waiting = [1, 2, 3].map(() => reasonOf(way, silent.url, { totalMs: 150 }));
    expect(await Promise.all(waiting)).toEqual(Array(3).fill('TIMED_OUT'));
    expect(await reasonOf(way, server.url)).toBe(200);
  });

  it("passes the caller's own abort on as what it is", async () => {
    const server = await serve(() => undefined);
    const stop = new AbortController();
    const called = reasonOf(outbound(), server.url, { signal: stop.signal });
    const why = new Error('the service stops');
    stop.abort(why);
    expect(await called).toBe(why);
  });
});
