import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 500;

interface ParentOptions {
  /** The pids of those that started this process, now. */
  ancestors: () => readonly number[];
  /** Called once, when one of them is gone. */
  onGone: () => void;
}

/** Calls back once a process that started this one has ended. */
export function watchParent({ ancestors, onGone }: ParentOptions): NodeJS.Timeout {
  const before = ancestors().join();
  const timer = setInterval(() => {
    // An orphan gets another parent: init, or whatever adopts in its place.
    if (ancestors().join() === before) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  return timer.unref();
}

/**
 * Ends a command that npm started when npm has ended: npm's shell does not pass signals on. Under
 * anything else, such as a terminal from which it was detached, a command outlives its parent.
 */
export function endWithParent(environment: NodeJS.ProcessEnv = process.env): void {
  if (!environment['npm_lifecycle_event']) return;
  watchParent({ ancestors: npmAndItsShell, onGone: () => process.kill(process.pid, 'SIGTERM') });
}

/** The parent and, where that is npm's shell, npm. Only Linux shows the parent of another process. */
function npmAndItsShell(): number[] {
  const parent = process.ppid;
  try {
    // The name, which may contain anything, in brackets; then the state and the parent.
    const [, name, rest] = /\((.*)\) (.*)$/s.exec(readFileSync(`/proc/${parent}/stat`, 'utf8'))!;
    const isShell = /^(sh|dash|bash|ash|zsh)$/.test(name!);
    return isShell ? [parent, Number(rest!.split(' ')[1])] : [parent];
  } catch {
    return [parent];
  }
}
