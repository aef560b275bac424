/** A block of the README that runs as pasted, and its output according to its comments. */
export interface ReadmeProgram {
  code: string;
  prints: string;
}

/**
 * The blocks of code that are whole programs: those marked `ts`. A block marked `ts fragment` is a
 * part of one. A comment `// prints X` names a line of the output.
 */
export function readmePrograms(markdown: string): ReadmeProgram[] {
  return Array.from(markdown.matchAll(/^```ts\n(.*?)^```$/gms), ([, code]) => ({
    code: code!,
    prints: Array.from(code!.matchAll(/\/\/ prints (.*)$/gm), ([, line]) => line!).join(', '),
  }));
}
