import * as z from 'zod';
import { ATOMIC, url } from './fields.ts';

const upstream = z.strictObject({
  type: z
    .enum(['URL', 'Direct', 'GoDefault'])
    .describe(
      'Kind of upstream. URL: another module proxy. Direct: the version control systems themselves. ' +
        "GoDefault: whatever the engine's own Go toolchain uses when GOPROXY is unset, a whole chain by itself.",
    ),
  url: url().optional().describe('Address of the proxy, with type URL: for example https://goproxy.cn.'),
  fallThrough: z
    .enum(['NotFound', 'AnyError'])
    .optional()
    .describe(
      'When the next upstream is asked. NotFound (the default): after a 404 or 410 only. ' +
        'AnyError: after any error and time-out too (the pipe in a GOPROXY list). It means nothing at the last upstream.',
    ),
});

export const upstreams = () => z.array(upstream.describe('One place to get modules from.')).min(1).max(8).meta(ATOMIC);

export type Upstream = z.output<typeof upstream>;
