// Preloaded into every child of the launcher: the launcher holds the other end of stdin, so its end, even by
// SIGKILL, is ours too. Unreferenced, so that a script which is done still ends by itself.
process.stdin.on('end', () => process.exit(0));
process.stdin.on('close', () => process.exit(0));
process.stdin.resume();
process.stdin.unref?.();
