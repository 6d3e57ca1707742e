/** What a step is: it says what should come of it, does it, and then everything is compared. */
import type fc from 'fast-check';
import type { Model, ModelBooking } from './model.ts';
import { agree, FIRST_START, type World } from './world.ts';

/** Something that happens. */
export type Step = fc.AsyncCommand<Model, World>;
/** Times on one morning, half an hour apart. */
export const STARTS = 8;
export const startOf = (index: number): number => FIRST_START + index * 30;

/** A step and the comparison after it. */
export const step = (
  name: string,
  run: (model: Model, world: World) => Promise<void>,
  check: (model: Model) => boolean = () => true,
): Step => ({
  check,
  run: async (model, world) => {
    await run(model, world);
    await agree(model, world);
  },
  toString: () => name,
});

export const nth = <T>(items: readonly T[], index: number): T | undefined =>
  items[index % Math.max(1, items.length)];
const some = (model: Model): boolean => model.bookings.length > 0;
/** A step about one of the bookings there are. */
export const about = (
  name: string,
  index: number,
  run: (booking: ModelBooking, model: Model, world: World) => Promise<void>,
): Step =>
  step(
    `${name}(${index})`,
    async (model, world) => {
      // Mostly one that still has its time, and now and then one that is over.
      const current = index < 5 ? model.bookings.filter((booking) => model.blocks(booking)) : [];
      const booking = nth(current, index) ?? nth(model.bookings, index);
      if (booking) await run(booking, model, world);
    },
    some,
  );
export const callerOf = (world: World, { client }: ModelBooking) => {
  const caller = nth(world.clients, client);
  if (!caller) throw new Error('There are clients.');
  return caller;
};
