import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 500;

interface ParentOptions {
  /** The current pids of the parent and its parents. */
  ancestors: () => readonly number[];
  /** Called once, after one of them has ended. */
  onGone: () => void;
}

/** Watches the processes that started this one. */
export function watchParent({ ancestors, onGone }: ParentOptions): void {
  const before = ancestors().join();
  const timer = setInterval(() => {
    // An orphan gets another parent, such as init.
    if (ancestors().join() === before) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
}

/**
 * Ends a command that npm started once npm has ended: npm's shell does not pass signals on. Without npm a
 * command outlives its parent, such as a terminal from which it was detached.
 */
export function endWithParent(): void {
  if (!process.env['npm_lifecycle_event']) return;
  watchParent({ ancestors: npmAndItsShell, onGone: () => process.kill(process.pid, 'SIGTERM') });
}

/** The parent and, if that is npm's shell, npm. Only Linux has the parent of another process in /proc. */
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
