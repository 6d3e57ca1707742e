import { BREAKER, openBreaker, REFUSED, type BreakerState } from './breaker.ts';

let now = 0;
let turns: BreakerState[] = [];
const open = () => openBreaker({ settings: BREAKER, now: () => now, onChange: (state) => turns.push(state) });
type Breaker = ReturnType<typeof open>;
const ask = (breaker: Breaker, ...answers: ('good' | 'bad')[]) => {
  for (const answer of answers) {
    const ticket = breaker.enter();
    if (answer === 'good') breaker.succeeded(ticket);
    else breaker.failed(ticket);
  }
};
const times = <T>(count: number, thing: T): T[] => Array.from({ length: count }, () => thing);
const opened = () => {
  const breaker = open();
  ask(breaker, ...times(20, 'bad' as const));
  return breaker;
};

beforeEach(() => {
  now = 1_000_000;
  turns = [];
});

describe('a breaker', () => {
  it('opens when half of at least twenty requests within ten seconds have failed, and not before', () => {
    const breaker = open();
    ask(breaker, ...times(10, 'good' as const), ...times(9, 'bad' as const));
    expect(breaker.state).toBe('closed');
    ask(breaker, 'bad');
    expect(breaker.state).toBe('open');
    expect(breaker.enter()).toBe(REFUSED);
  });

  it('takes nineteen failures for bad luck', () => {
    const breaker = open();
    ask(breaker, ...times(19, 'bad' as const));
    expect(breaker.state).toBe('closed');
  });

  it('forgets what lies more than ten seconds back', () => {
    const breaker = open();
    ask(breaker, ...times(19, 'bad' as const));
    now += BREAKER.windowMs + 1_000;
    ask(breaker, 'bad');
    expect(breaker.state).toBe('closed');
    now += BREAKER.windowMs * 3;
    ask(breaker, ...times(19, 'bad' as const));
    expect(breaker.state).toBe('closed');
  });

  it('lets one try after five seconds, nobody beside it, and closes when that goes well', () => {
    const breaker = opened();
    now += BREAKER.openMs - 1;
    expect(breaker.refuses()).toBe(true);
    now += 1;
    expect(breaker.refuses()).toBe(false);
    const probe = breaker.enter();
    expect(probe).not.toBe(REFUSED);
    expect([breaker.state, breaker.refuses(), breaker.enter()]).toEqual(['half-open', true, REFUSED]);
    breaker.succeeded(probe);
    expect(turns).toEqual(['open', 'half-open', 'closed']);
    ask(breaker, 'bad');
    expect(breaker.state).toBe('closed');
  });

  it('opens again when the try fails, for the whole time', () => {
    const breaker = opened();
    now += BREAKER.openMs;
    breaker.failed(breaker.enter());
    expect(breaker.state).toBe('open');
    now += BREAKER.openMs - 1;
    expect(breaker.enter()).toBe(REFUSED);
  });

  it('lets the next one try when the one that tried left without a verdict', () => {
    const breaker = opened();
    now += BREAKER.openMs;
    breaker.withdrawn(breaker.enter());
    expect([breaker.state, breaker.refuses()]).toEqual(['half-open', false]);
    expect(breaker.enter()).not.toBe(REFUSED);
  });

  it('learns nothing from answers to what was asked before it opened', () => {
    const breaker = open();
    const early = breaker.enter();
    ask(breaker, ...times(20, 'bad' as const));
    breaker.succeeded(early);
    expect(breaker.state).toBe('open');
    now += BREAKER.openMs;
    const probe = breaker.enter();
    breaker.failed(early);
    breaker.withdrawn(early);
    expect([breaker.state, breaker.refuses()]).toEqual(['half-open', true]);
    breaker.succeeded(probe);
    expect(breaker.state).toBe('closed');
  });
});
