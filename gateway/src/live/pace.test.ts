import fc from 'fast-check';
import { openPace } from './pace.ts';

it('[gateway A22] lets a few through at once, and in any stretch of time no more than its pace', () => {
  fc.assert(
    fc.property(
      fc.record({ pauseMs: fc.integer({ min: 1, max: 3_000 }), burst: fc.integer({ min: 0, max: 8 }) }),
      fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 }),
      (settings, waits) => {
        const pace = openPace(settings);
        const done: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now = Math.max(now + wait, pace.nextAt);
          pace.note(now);
          done.push(now);
        }
        for (const [first, begin] of done.entries())
          for (const [last, end] of done.entries()) {
            if (last < first) continue;
            const allowed = 1 + settings.burst + Math.floor((end - begin) / settings.pauseMs);
            expect(last - first + 1).toBeLessThanOrEqual(allowed);
          }
      },
    ),
  );
  const pace = openPace({ pauseMs: 2_000, burst: 2 });
  for (const now of [0, 100, 200]) {
    expect(pace.nextAt).toBeLessThanOrEqual(now);
    pace.note(now);
  }
  expect(pace.nextAt).toBe(2_000);
});
