import { Presets, SingleBar } from 'cli-progress';

/** Shows how far it is. */
export interface Progress {
  /** The next kind of rows, and how many. */
  begin(what: string, total: number): void;
  add(rows: number): void;
  end(): void;
}

/** A bar in a terminal, a line for each kind of rows elsewhere. */
export function createProgress(output: NodeJS.WriteStream): Progress {
  return output.isTTY ? bars(output) : lines(output);
}

function bars(output: NodeJS.WriteStream): Progress {
  let bar: SingleBar | undefined;
  const end = () => bar?.stop();
  return {
    begin(what, total) {
      end();
      const format = `${what.padEnd(6)} {bar} {percentage}%  {value}/{total}`;
      bar = new SingleBar({ stream: output, format, hideCursor: true }, Presets.shades_classic);
      bar.start(total, 0);
    },
    add: (rows) => bar?.increment(rows),
    end,
  };
}

function lines(output: NodeJS.WriteStream): Progress {
  return {
    begin: (what, total) => void output.write(`Adding ${total} ${what}\n`),
    add() {},
    end() {},
  };
}
