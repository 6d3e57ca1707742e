// Makes the list of passwords that identity refuses offline, beside the one that comes with zxcvbn:
//   npx tsx scripts/password-list.ts 8-more-passwords.txt [more.txt …]
// The list in the repository was made of `8-more-passwords.txt` of github.com/duyet/bruteforce-database (MIT, © 2015 Van-Duyet
// Le) at 233b5e59. Hashes and not words: a fifth of the size, and no file of words that people would rather not ship.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OUT = join(import.meta.dirname, '../services/identity/src/passwords/common-passwords.bin');
// 40 bits: of 60,000 entries one good password in eighteen million is refused by chance.
const BYTES = 5;
const LENGTH_MIN = 8;

const words = process.argv
  .slice(2)
  .flatMap((file) => readFileSync(file, 'utf8').split(/\r?\n/))
  .map((word) => word.toLowerCase())
  .filter((word) => word.length >= LENGTH_MIN);
const hashes = new Set(
  words.map((word) =>
    createHash('sha256')
      .update(word)
      .digest('hex')
      .slice(0, BYTES * 2),
  ),
);
writeFileSync(OUT, Buffer.from([...hashes].toSorted((a, b) => (a < b ? -1 : 1)).join(''), 'hex'));
process.stdout.write(`${hashes.size} passwords, ${hashes.size * BYTES} bytes\n`);
