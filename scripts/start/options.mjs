export const usage = `npm start [-- options]
  --port 5000     the gateway listens here, everything else moves along (default 4000)
  --reset         removes what was kept first: databases, mails, secrets, demo accounts
  --directory x   keeps everything in this folder (default .kept)
  --tls           everything speaks TLS only, with a certificate of this machine's own
  --help          this text`;

/** Reads the command line; throws one sentence for what it does not understand. */
export function readOptions(given) {
  const options = { reset: false, help: false, tls: false, port: 4000, directory: '.kept' };
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index];
    if (word === '--reset') options.reset = true;
    else if (word === '--tls') options.tls = true;
    else if (word === '--help' || word === '-h') options.help = true;
    else if (word === '--directory') {
      index += 1;
      options.directory = given[index] ?? '';
      if (!options.directory || options.directory.startsWith('-'))
        throw new Error('--directory needs a folder.');
    } else if (word === '--port') {
      index += 1;
      options.port = Number(given[index]);
      if (!Number.isInteger(options.port) || options.port < 1024)
        throw new Error('--port needs a port number from 1024 on.');
    } else throw new Error(`There is no option ${word}.\n${usage}`);
  }
  return options;
}
