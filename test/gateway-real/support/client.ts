import { request as httpRequest } from 'node:http';
import type { Agent, IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { eventually } from '../../support/eventually.ts';

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Asked {
  method?: string;
  /** A list sends the header once for each value. */
  headers?: Record<string, string | string[]>;
  socketPath?: string;
}

/** One request on a connection of its own. The path is sent as it is, dots and all. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, socketPath }: Asked = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const where = socketPath === undefined ? { host: '127.0.0.1', port } : { socketPath };
    const request = httpRequest({ ...where, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.on('error', reject).end();
  });
}

/** Sends bytes and gives all that comes back until the other side closes. */
export function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', reject).on('end', () => {
      socket.end();
      resolve(answer);
    });
  });
}

export interface SteadyClient {
  /** Waits for so many more answers. */
  answers(count: number): Promise<void>;
  /** Ends, with what did not go well: an answer that is not 200, or an error of a connection. */
  stop(): Promise<{ failures: string[]; answers: number }>;
}

/**
 * Asks for one path again and again. Like the go command's transport (and browsers), it repeats a request once whose
 * kept connection was closed by the server before the request arrived: HTTP cannot avoid that (RFC 9112, section 9.3.1).
 */
export function startSteadyClient(
  port: number,
  path: string,
  agent: Agent,
  parallel: number,
  asked: Asked = {},
): SteadyClient {
  const failures: string[] = [];
  let answers = 0;
  let running = true;
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, agent, ...asked }, (response) => {
        response.resume().on('end', () => {
          answers += 1;
          if (response.statusCode !== 200) failures.push(`status ${response.statusCode}`);
          resolve();
        });
        response.on('error', (error) => {
          failures.push(`in the answer: ${error.message}`);
          resolve();
        });
      });
      request.on('error', (error) => {
        if (!request.reusedSocket) failures.push(error.message);
        resolve();
      });
      request.end();
    });
  const loop = async (): Promise<void> => {
    while (running) await once();
  };
  const loops = Promise.all(Array.from({ length: parallel }, loop));
  return {
    answers: async (count) => {
      const target = answers + count;
      await eventually(
        `${count} answers`,
        20,
        () => (answers >= target ? { value: true } : { missing: String(answers) }),
        10,
      );
    },
    stop: async () => {
      running = false;
      await loops;
      agent.destroy();
      return { failures, answers };
    },
  };
}
