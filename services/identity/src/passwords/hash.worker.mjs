// Plain JavaScript, started from src/ by development, tests and production alike (as strength.worker.mjs is). A process of its
// own, so that its priority can be lower than that of whoever answers requests; it has no settings and no database, and knows a
// password and a pepper for as long as it works with them.
import { hash, verify } from '@node-rs/argon2';

process.on('message', ({ id, stored, password, options }) => {
  const work = stored === null ? hash(password, options) : verify(stored, password, options);
  work.then(
    (result) => process.send({ id, result }),
    // What argon2 says of a hash may quote it.
    () => process.send({ id }),
  );
});
process.on('disconnect', () => process.exit());
