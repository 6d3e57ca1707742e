// `npm run slots -- FILE`: the availability engine's answers to cases in a file (docs: services/scheduling/README.md).
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface SlotsCommand {
  runSlotsCommand(
    words: readonly string[],
    out: { write(text: string): void; complain(text: string): void },
  ): number;
}

// Loaded by address, because a workspace may not import a service.
const command = join(import.meta.dirname, '../services/scheduling/src/slots-command.ts');
const { runSlotsCommand } = (await import(pathToFileURL(command).href)) as SlotsCommand;
process.exitCode = runSlotsCommand(process.argv.slice(2), {
  write: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
});
