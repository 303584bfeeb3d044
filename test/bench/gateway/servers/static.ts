import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, nginxBinary, environment } from '../../../gateway-real/support/nginx.ts';
import type { Target } from '../wrk.ts';
import { startServer } from './process.ts';

/**
 * nginx that serves a folder in the layout of GOPROXY, and nothing else: the limit of what a cache on disk can reach. It has as
 * many workers as the gateway, and writes no access log.
 */
export async function startStaticFiles(scratch: string, folder: string): Promise<Target & { port: number }> {
  const own = mkdtempSync(join(scratch, 'static-'));
  chmodSync(own, 0o755);
  const { http: port } = await freePorts();
  const config = join(own, 'nginx.conf');
  writeFileSync(config, configuration(own, folder, port));
  const url = `http://127.0.0.1:${port}`;
  const log = join(own, 'log');
  const { pid } = await startServer(nginxBinary, ['-e', 'stderr', '-c', config], { url, env: environment, log });
  return { name: 'static file', url, port, pids: [pid] };
}

/** Without tcp_nopush, as in the gateway: with it, large answers stall on loopback, whose packets are of 64 KiB. */
function configuration(own: string, folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${own}/pid;
worker_processes 2;
events { worker_connections 4096; }
http {
  ${temporary.map((name) => `${name}_temp_path ${own}/${name};`).join(' ')}
  default_type text/plain;
  access_log off;
  sendfile on;
  keepalive_requests 10000;
  server { listen 127.0.0.1:${port}; root ${folder}; }
}
`;
}
