import { readKeysConfig } from './config.ts';
import { runKeysCommand } from './keys/keys-command.ts';

// `node dist/keys-command.js list|announce|rotate|retire`, and `npm run keys -- …`.
try {
  const { KEPT_TOKEN_KEY: key, KEPT_TOKEN_KEYS_SHOWN: shown, KEPT_TOKEN_KEY_NEXT: next } = readKeysConfig();
  process.exitCode = await runKeysCommand(process.argv.slice(2), {
    state: { key, shown, next },
    print: (line) => void process.stdout.write(`${line}\n`),
  });
} catch (error) {
  process.stderr.write(`keys: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
