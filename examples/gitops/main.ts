import { synthesize } from 'goproxycache-operator/cdk8s';
import { base, dev, prod, staging } from './stages.ts';

synthesize({ base, stages: { dev, staging, prod } });
