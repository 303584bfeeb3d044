#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { DEFAULT_IMAGES } from '../api/images.ts';
import { installation } from '../install/install.ts';
import { OptionError } from '../install/check.ts';
import { NAMESPACE } from '../install/names.ts';
import { DEFAULTS as INSTALL } from '../install/options.ts';
import { runOperator } from '../reconcile/operator.ts';
import type { Format } from './output.ts';
import { printObjects } from './output.ts';
import { ownNamespace } from './ownnamespace.ts';
import { readInput, render, UsageError } from './render.ts';

const { version } = packageJson;

function wholeNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function namespaceName(text: string): string {
  if (!new RegExp(NAMESPACE).test(text)) throw new InvalidArgumentError('It must be the name of a namespace.');
  return text;
}
const namespaceNames = (text: string, others: string[]): string[] => [...others, namespaceName(text)];

/** Facts that are nobody's option. */
const OPERATOR_HELP = `
The Lease is goproxycache-operator; kubectl get lease shows who leads. A leader that cannot renew it for 10 seconds ends.

Exit code: 0 after SIGTERM or SIGINT when what was under way ended in time; 1 when it did not, or when the leadership was lost.`;

interface ImageFlags {
  athensImage: string;
  nginxImage: string;
  envoyImage: string;
}
const images = (flags: ImageFlags) => ({ athens: flags.athensImage, nginx: flags.nginxImage, envoy: flags.envoyImage });
const withImages = (command: Command) =>
  command
    .option('--athens-image <image>', 'image of engines of type Athens whose cache names none', DEFAULT_IMAGES.athens)
    .option('--nginx-image <image>', 'image of nginx in gateways whose cache names none', DEFAULT_IMAGES.nginx)
    .option('--envoy-image <image>', 'image of Envoy in gateways whose cache names none', DEFAULT_IMAGES.envoy);
const outputOption = () =>
  new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml');

const program = new Command('goproxycache')
  .description('Go module proxy caches on Kubernetes: operator, manifests, installation.')
  .version(version)
  .showHelpAfterError('(add --help for the options)');

interface OperatorFlags extends ImageFlags {
  watchNamespace: string[];
  leaderElection?: true;
  leaderElectionNamespace?: string;
  workers: number;
  healthPort: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  kubeconfig?: string;
}
withImages(program.command('operator'))
  .description('run the operator; it stops on SIGTERM and SIGINT')
  .addOption(
    new Option('--watch-namespace <namespace>', 'keep the caches of this namespace only; may be repeated')
      .argParser(namespaceNames)
      .default([], 'all namespaces'),
  )
  .option(
    '--leader-election',
    'work only while holding a Lease, so that several pods can run: one works, the others stand by',
  )
  .option('--leader-election-namespace <namespace>', "namespace of the Lease (default: the pod's own)", namespaceName)
  .option('--workers <number>', 'number of caches worked on at the same time', wholeNumber, 8)
  .option('--health-port <port>', 'port of /healthz, /readyz and /metrics', wholeNumber, 8080)
  .addOption(
    new Option('--log-level <level>', 'least important messages to log')
      .choices(['debug', 'info', 'warn', 'error'])
      .default('info'),
  )
  .option('--kubeconfig <file>', 'kubeconfig (default: KUBECONFIG, ~/.kube/config, or the service account of the pod)')
  .addHelpText('after', OPERATOR_HELP)
  .action(async (flags: OperatorFlags) => {
    const { watchNamespace, leaderElection, leaderElectionNamespace, workers, healthPort, logLevel, kubeconfig } =
      flags;
    const inTime = await runOperator({
      version,
      images: images(flags),
      namespaces: [...new Set(watchNamespace)],
      leaseNamespace: leaderElection && (leaderElectionNamespace ?? ownNamespace()),
      workers,
      healthPort,
      logLevel,
      kubeconfig,
    });
    process.exit(inTime ? 0 : 1);
  });

withImages(program.command('render'))
  .description('print the objects of every GoProxyCache in a file, as the operator would apply them')
  .requiredOption('-f, --filename <file>', 'YAML file with GoProxyCaches, - for standard input')
  .option('-n, --namespace <namespace>', 'namespace of caches that name none', 'default')
  .addOption(outputOption())
  .action((flags: ImageFlags & { filename: string; namespace: string; output: Format }) => {
    process.stdout.write(printObjects(render(readInput(flags.filename), images(flags), flags.namespace), flags.output));
  });

interface InstallFlags extends ImageFlags {
  namespace: string;
  createNamespace: boolean;
  crds: boolean;
  image: string;
  replicas: number;
  watchNamespace: string[];
  output: Format;
}
withImages(program.command('install'))
  .description('print what installs the operator: CRD, RBAC, Deployment and what goes with it')
  .option('-n, --namespace <namespace>', 'namespace of the operator', INSTALL.namespace)
  .option('--image <image>', 'image of the operator', INSTALL.image)
  .option('--replicas <number>', 'pods of the operator: one works, the others stand by', wholeNumber, INSTALL.replicas)
  .option(
    '--watch-namespace <namespace>',
    'keep the caches of this namespace, with no right beyond it; may be repeated (default: all namespaces)',
    (namespace: string, others: string[]) => [...others, namespace],
    [],
  )
  .option('--no-crds', 'leave out the CRD, which is there once for all operators of a cluster')
  .option('--no-create-namespace', 'leave out the namespace')
  .addOption(outputOption())
  .action((flags: InstallFlags) => {
    const { namespace, createNamespace, crds, image, replicas, watchNamespace, output } = flags;
    const objects = installation({
      namespace,
      createNamespace,
      crds: { enabled: crds },
      image,
      images: images(flags),
      replicas,
      watchNamespaces: watchNamespace,
    });
    process.stdout.write(printObjects(objects, output));
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof OptionError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
