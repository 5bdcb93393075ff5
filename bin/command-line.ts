import { type ParseArgsConfig, parseArgs } from 'node:util';

/** What a command was asked. `--help` answers `help`, and a mistake says what is wrong; both end the process. */
export function commandLine<T extends ParseArgsConfig>(
  help: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  if (process.argv.includes('--help')) {
    process.stdout.write(help);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message.split('. To specify')[0]}: see --help.\n`);
    process.exit(1);
  }
}
