import { CommandError, type Run } from '../exec.ts';

type Answer = string | CommandError | (() => string);

export interface FakeRun {
  run: Run;
  /** Command lines, oldest first. */
  commands: string[];
}

/** Answers each command with the first pattern that matches it, and any other with an empty stdout. */
export function fakeRun(answers: readonly (readonly [RegExp, Answer])[] = []): FakeRun {
  const commands: string[] = [];
  return {
    commands,
    async run(program, args) {
      const command = [program, ...args].join(' ');
      commands.push(command);
      const [, answer = ''] = answers.find(([pattern]) => pattern.test(command)) ?? [];
      if (answer instanceof CommandError) throw answer;
      return typeof answer === 'string' ? answer : answer();
    },
  };
}

export function failure(stderr: string): CommandError {
  return new CommandError('a command', 'failed with exit code 1', stderr);
}
