import { randomInt } from 'node:crypto';

// Short, common, unlike each other: made to be read from one screen and typed into another.
const words = (
  'amber anchor apple april arrow autumn basil beach birch bloom boat bread breeze brick bridge brook butter button cabin ' +
  'candle canyon carpet castle cedar cherry circle clover coast coral cotton cradle cricket crystal daisy dance dawn delta ' +
  'desert dragon drift eagle early earth echo elbow ember engine fabric falcon family feather fern field finger flame flint ' +
  'flower forest fossil fountain frost garden garlic gentle ginger glacier globe gold grain granite grape grass hammer harbor ' +
  'harvest hazel heather hedge hill honey horizon island ivory jacket jasmine jewel jungle kettle kitchen ladder lagoon lake ' +
  'lantern laurel leaf lemon letter lilac linen little lotus lunar maple marble market meadow melody middle mirror mist ' +
  'monday morning mosaic mountain needle nettle night north oasis ocean olive onion orange orchard orchid otter oyster paddle ' +
  'palace paper parade pastel pebble pencil pepper piano pillow pine planet plaza plum pocket pollen pond poppy prairie ' +
  'puzzle quartz quiet rabbit radish rain raven reef ribbon river robin rocket rose round saddle saffron salmon sand season ' +
  'shadow shell shore silent silver sketch sky slate snow spark spice spring stable stone storm stream summer sunday swan ' +
  'table tailor temple thunder tidal timber topaz tower trail travel tulip tunnel turtle valley velvet village violet violin ' +
  'walnut water wave willow window winter wonder yellow zebra'
).split(' ');

const word = (): string => words[randomInt(words.length)] ?? 'harbor';
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** A password for a demo account: readable, about 44 bits, and all that the password policy asks for. */
export function readablePassword(): string {
  return `${capital(word())}-${word()}-${word()}-${word()}-${randomInt(1000, 10_000)}`;
}
