import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../assembly.ts';

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** After a restart of the machine another program may bear the number. */
function isLauncher(pid: number): boolean {
  if (!lives(pid) || pid === process.pid) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('start.ts');
  } catch {
    return true;
  }
}

/** Makes this process the only launcher of the directory; answers how to let go. */
export function lockDirectory(dataDirectory: string): () => void {
  mkdirSync(dataDirectory, { recursive: true });
  const file = join(dataDirectory, 'launcher.pid');
  let holder = 0;
  try {
    holder = Number(readFileSync(file, 'utf8'));
  } catch {
    // No lock file: nobody holds the directory.
  }
  if (holder > 0 && isLauncher(holder)) {
    throw new StartError(
      `${dataDirectory} is in use by process ${holder}: stop it or set DATA_DIR to another directory.`,
    );
  }
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}
