import { spawn } from 'node:child_process';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Text for its standard input. */
  input?: string;
  /** After this time it is ended. Default: 10 minutes. */
  timeoutSeconds?: number;
  /** Shows what it prints as it comes, besides collecting it. */
  show?: boolean;
}

export interface RunResult {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. Rejects only when it cannot be started. */
export async function tryRun(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    timeout: (options.timeoutSeconds ?? 600) * 1000,
    stdio: 'pipe',
  });
  const collect = async (stream: NodeJS.ReadableStream, copy: NodeJS.WritableStream): Promise<string> => {
    let text = '';
    stream.setEncoding('utf8');
    for await (const chunk of stream) {
      text += chunk as string;
      if (options.show) copy.write(chunk as string);
    }
    return text;
  };
  // A program that ends without reading its input is judged by its status.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? -1));
  });
  const [status, stdout, stderr] = await Promise.all([
    ended,
    collect(child.stdout, process.stdout),
    collect(child.stderr, process.stderr),
  ]);
  return { status, stdout, stderr };
}

/** Runs a program and gives what it printed. Throws with the end of its error output unless its status is 0. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await tryRun(program, args, options);
  if (status === 0) return stdout;
  const command = [program, ...args].join(' ').slice(0, 300);
  throw new Error(`${command}: status ${status}\n${(stderr.trim() || stdout.trim()).slice(-2000)}`);
}
