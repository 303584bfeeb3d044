import type { GatewayModel } from './model.ts';

/**
 * Who may what, as JSON for pod/jwt.js, which nginx loads with its config. It holds no secret: keys are in a Secret that is mounted
 * beside it. Undefined without `auth`.
 */
export function printPolicy({ auth, environments }: GatewayModel): string | undefined {
  if (auth === undefined) return undefined;
  const policy = {
    anonymousRole: auth.anonymousRole,
    jwt: auth.jwt.map(({ name, issuer, audiences, algorithms, roleClaim }) => ({
      name,
      issuer,
      audiences,
      algorithms,
      roleClaim,
    })),
    environments: environments.map(({ name, access }) => ({
      name,
      minimumRole: access?.minimumRole ?? 'Guest',
      requiredClaims: (access?.requiredClaims ?? []).map(({ claim, values }) => ({ claim, values })),
    })),
  };
  return `${JSON.stringify(policy, null, 1)}\n`;
}
