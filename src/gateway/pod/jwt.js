// Who is asking, and whether it is enough: JSON Web Tokens (RFC 7519) for nginx, which asks here once for each token, environment and
// kind of path, and keeps a yes for a few seconds. Runs on njs 0.7.9 and newer: no classes, no destructuring, no default parameters.
//
// nginx loads `policy` (auth.json) with its config. Keys are read for each answer, from the folder where entrypoint.sh puts them
// after `checkKeys` has found nothing wrong with them.

import fs from 'fs';

const LEVELS = { None: -1, Guest: 0, User: 1, Admin: 2 };
// What a kind of path asks for, whatever the environment says.
const NEEDED = { public: 'Guest', private: 'User', admin: 'Admin' };
const LONGEST_TOKEN = 8192;
const LONGEST_JWKS = 65536;
// Clocks differ: a token may come from that many seconds in the future. Its end is its end.
const SKEW_SECONDS = 60;
const KEPT_SECONDS = 10;

// By the type of a key, never by what a token says of itself. A key fits one algorithm.
const ALGORITHMS = {
  oct: { name: 'HS512', format: 'raw', key: { name: 'HMAC', hash: 'SHA-512' }, verify: { name: 'HMAC' } },
  RSA: {
    name: 'RS256',
    format: 'spki',
    key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    verify: { name: 'RSASSA-PKCS1-v1_5' },
  },
  EC: {
    name: 'ES256',
    format: 'spki',
    key: { name: 'ECDSA', namedCurve: 'P-256' },
    verify: { name: 'ECDSA', hash: 'SHA-256' },
  },
};

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

function decode(text) {
  return Buffer.from(text, 'base64url');
}

function own(object, name) {
  return Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (e) {
    return null;
  }
  return isObject(value) ? value : null;
}

// ---------------------------------------------------------------------------------------------------------------------
// Keys (RFC 7517)

function derLength(length) {
  if (length < 128) {
    return [length];
  }
  return length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
}

function der(tag, content) {
  return Buffer.concat([Buffer.from([tag].concat(derLength(content.length))), content]);
}

function derInteger(bytes) {
  return der(0x02, bytes[0] & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

const RSA_ENCRYPTION = Buffer.from('300d06092a864886f70d0101010500', 'hex');
const EC_P256 = Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex');

// SubjectPublicKeyInfo (RFC 5280), since njs before 0.8 imports no JWK.
function spki(algorithm, key) {
  return der(0x30, Buffer.concat([algorithm, der(0x03, Buffer.concat([Buffer.from([0]), key]))]));
}

// bytes of a member, or what is wrong with it
function member(jwk, name) {
  const text = own(jwk, name);
  if (typeof text !== 'string' || !BASE64URL.test(text)) {
    throw new Error(`${name} is no base64url`);
  }
  return decode(text);
}

function keyData(jwk) {
  if (jwk.kty === 'oct') {
    const secret = member(jwk, 'k');
    if (secret.length < 64) {
      throw new Error(`has ${secret.length} bytes, and HS512 needs at least 64 (RFC 7518, 3.2)`);
    }
    return secret;
  }
  if (own(jwk, 'd') !== undefined) {
    throw new Error('is a private key: put the public one here');
  }
  if (jwk.kty === 'EC') {
    const x = member(jwk, 'x');
    const y = member(jwk, 'y');
    if (x.length !== 32 || y.length !== 32) {
      throw new Error('is no point of P-256');
    }
    return spki(EC_P256, Buffer.concat([Buffer.from([4]), x, y]));
  }
  let modulus = member(jwk, 'n');
  while (modulus.length > 0 && modulus[0] === 0) {
    modulus = modulus.slice(1);
  }
  if (modulus.length < 256 || modulus.length > 1024) {
    throw new Error(`has ${modulus.length * 8} bits, and RS256 needs 2048 to 8192`);
  }
  return spki(RSA_ENCRYPTION, der(0x30, Buffer.concat([derInteger(modulus), derInteger(member(jwk, 'e'))])));
}

// A JWKS may hold keys for other purposes: these are passed over, as RFC 7517 (5) asks.
function isForTokens(jwk, algorithms) {
  const algorithm = own(ALGORITHMS, jwk.kty);
  if (algorithm === undefined || algorithms.indexOf(algorithm.name) < 0) {
    return false;
  }
  if (jwk.kty === 'EC' && jwk.crv !== 'P-256') {
    return false;
  }
  if (jwk.alg !== undefined && jwk.alg !== algorithm.name) {
    return false;
  }
  if (jwk.use !== undefined && jwk.use !== 'sig') {
    return false;
  }
  return jwk.key_ops === undefined || (Array.isArray(jwk.key_ops) && jwk.key_ops.indexOf('verify') >= 0);
}

// The keys of a JWKS that a provider's tokens can be signed with. Throws an Error that says what is wrong.
function parseKeys(text, algorithms) {
  if (text.length > LONGEST_JWKS) {
    throw new Error('it is longer than 64 KiB');
  }
  const set = parseObject(text);
  if (set === null || !Array.isArray(set.keys) || !set.keys.every(isObject)) {
    throw new Error('it is no JSON Web Key Set: {"keys":[...]}');
  }
  const keys = [];
  set.keys.forEach((jwk, index) => {
    if (!isForTokens(jwk, algorithms)) {
      return;
    }
    const named = `key ${index + 1}`;
    if (jwk.kid !== undefined && typeof jwk.kid !== 'string') {
      throw new Error(`${named}: kid is no text`);
    }
    if (jwk.kid !== undefined && keys.some((key) => key.kid === jwk.kid)) {
      throw new Error(`${named} has the kid of another one`);
    }
    const algorithm = ALGORITHMS[jwk.kty];
    let data;
    try {
      data = keyData(jwk);
    } catch (e) {
      throw new Error(`${named} ${e.message}`);
    }
    keys.push({ kid: jwk.kid, algorithm, data, named });
  });
  if (keys.length === 0) {
    throw new Error(`it has no key for ${algorithms.join(', ')}`);
  }
  return keys;
}

function importKey(key) {
  return crypto.subtle.importKey(key.algorithm.format, key.data, key.algorithm.key, false, ['verify']);
}

// What is wrong with a JWKS, or ''. A promise.
function problemOfKeys(text, algorithms) {
  let keys;
  try {
    keys = parseKeys(text, algorithms);
  } catch (e) {
    return Promise.resolve(e.message);
  }
  const problemFrom = (at) => {
    if (at === keys.length) {
      return Promise.resolve('');
    }
    return importKey(keys[at]).then(
      () => problemFrom(at + 1),
      () => `${keys[at].named} is no public key`,
    );
  };
  return problemFrom(0);
}

// ---------------------------------------------------------------------------------------------------------------------
// Tokens

// The token of an Authorization header: of Bearer, or the password of Basic, which is what the go command makes of a .netrc.
function tokenOf(header) {
  if (header.length > LONGEST_TOKEN) {
    return '';
  }
  const bearer = /^Bearer +([^ ]+)$/i.exec(header);
  if (bearer !== null) {
    return bearer[1];
  }
  const basic = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header);
  if (basic === null) {
    return '';
  }
  const pair = Buffer.from(basic[1], 'base64').toString();
  return pair.indexOf(':') < 0 ? '' : pair.slice(pair.indexOf(':') + 1);
}

function refused(reason) {
  return { refused: reason };
}

// Why the claims are not good now, for a provider; or ''.
function problemOfClaims(claims, provider, now) {
  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (typeof claims.exp !== 'number' || !isFinite(claims.exp)) {
    return 'it has no exp';
  }
  if (!(claims.exp > now)) {
    return 'it has expired';
  }
  if (claims.nbf !== undefined && !(typeof claims.nbf === 'number' && claims.nbf <= now + SKEW_SECONDS)) {
    return 'it is not valid yet (nbf)';
  }
  if (claims.iat !== undefined && !(typeof claims.iat === 'number' && claims.iat <= now + SKEW_SECONDS)) {
    return 'it is from the future (iat)';
  }
  if (!audiences.some((audience) => typeof audience === 'string' && provider.audiences.indexOf(audience) >= 0)) {
    return 'it is for somebody else (aud)';
  }
  return '';
}

// Whether one of the keys has signed this. A promise.
function isSigned(keys, signature, signed) {
  if (keys.length === 0) {
    return Promise.resolve(false);
  }
  return importKey(keys[0])
    .then((key) => crypto.subtle.verify(keys[0].algorithm.verify, key, signature, signed))
    .then((good) => good || isSigned(keys.slice(1), signature, signed));
}

// The claims of a token, and who issued it; or { refused: why }. A promise. `readKeys` gives the JWKS of a provider as text. `now` in
// seconds.
function verify(token, providers, readKeys, now) {
  const parts = COMPACT.exec(token);
  if (parts === null) {
    return Promise.resolve(refused('it is no signed JSON Web Token'));
  }
  const head = parseObject(decode(parts[1]).toString());
  const claims = parseObject(decode(parts[2]).toString());
  if (head === null || claims === null) {
    return Promise.resolve(refused('it is no JSON Web Token'));
  }
  if (head.crit !== undefined) {
    return Promise.resolve(refused('it asks for an extension (crit)'));
  }
  const provider = providers.find((candidate) => candidate.issuer === claims.iss);
  if (provider === undefined) {
    return Promise.resolve(refused('its issuer is not known here (iss)'));
  }
  const keys = parseKeys(readKeys(provider.name), provider.algorithms).filter(
    (key) => key.algorithm.name === head.alg && (head.kid === undefined || head.kid === key.kid),
  );
  if (keys.length === 0) {
    return Promise.resolve(refused('no key has its alg and kid'));
  }
  return isSigned(keys, decode(parts[3]), Buffer.from(`${parts[1]}.${parts[2]}`)).then((good) => {
    const problem = good ? problemOfClaims(claims, provider, now) : 'its signature is wrong';
    return problem === '' ? { claims, provider } : refused(problem);
  });
}

// ---------------------------------------------------------------------------------------------------------------------
// Rights

// The value of a claim: of the whole name (`https://acme.example/roles`), else along the dots (`realm_access.roles`).
function claimOf(claims, path) {
  const whole = own(claims, path);
  if (whole !== undefined) {
    return whole;
  }
  return path.split('.').reduce((value, name) => (isObject(value) ? own(value, name) : undefined), claims);
}

function texts(value) {
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
}

// The highest role that a claim names. A token without one is a Guest's.
function roleOf(claims, roleClaim) {
  return texts(claimOf(claims, roleClaim)).reduce(
    (best, role) => (role !== 'None' && own(LEVELS, role) > LEVELS[best] ? role : best),
    'Guest',
  );
}

// One word for limits and the access log. Two providers may know one name.
function subjectOf(verified) {
  const subject = verified.claims.sub;
  if (typeof subject !== 'string' || subject === '') {
    return '';
  }
  let safe;
  try {
    safe = encodeURIComponent(subject);
  } catch (e) {
    return '';
  }
  return `${verified.provider.name}/${safe}`.slice(0, 256);
}

// Whether a role and claims are enough for a kind of path in an environment: '' or why not. What is not known is denied.
function problemOfRights(policy, environment, kind, role, claims) {
  const access = policy.environments.find((candidate) => candidate.name === environment);
  const need = own(NEEDED, kind);
  if (access === undefined || need === undefined) {
    return 'This is not known here';
  }
  const least = LEVELS[access.minimumRole] > LEVELS[need] ? access.minimumRole : need;
  if (LEVELS[role] < LEVELS[least]) {
    return `This needs the role ${least}, and the token says ${role}`;
  }
  const missing = access.requiredClaims.find(
    (required) => !texts(claimOf(claims, required.claim)).some((value) => required.values.indexOf(value) >= 0),
  );
  return missing === undefined ? '' : `This environment asks for another value of the claim ${missing.claim}`;
}

function verifyHeader(header, policy, readKeys, now) {
  const token = tokenOf(header);
  if (token === '') {
    return Promise.resolve(refused('there is none in the header Authorization'));
  }
  // What is thrown is about a key that is not there, or an operation of crypto that failed: never what the token says.
  const failed = () => refused('it cannot be verified');
  try {
    return verify(token, policy.jwt, readKeys, now).catch(failed);
  } catch (e) {
    return Promise.resolve(failed());
  }
}

function rightsOf(verified, policy, asked, now) {
  if (verified.refused !== undefined) {
    return unauthenticated(`The token is refused: ${verified.refused}`);
  }
  const role = roleOf(verified.claims, verified.provider.roleClaim);
  const reason = problemOfRights(policy, asked.environment, asked.kind, role, verified.claims);
  return {
    status: reason === '' ? 204 : 403,
    role,
    subject: subjectOf(verified),
    reason,
    seconds: Math.min(KEPT_SECONDS, Math.floor(verified.claims.exp - now)),
  };
}

function unauthenticated(reason) {
  return { status: 401, role: '', subject: '', reason, seconds: 0 };
}

// The answer to one request: a promise of { status, role, subject, reason, seconds }.
function decide(policy, asked, readKeys, now) {
  if (asked.authorization !== undefined) {
    return verifyHeader(asked.authorization, policy, readKeys, now).then((verified) =>
      rightsOf(verified, policy, asked, now),
    );
  }
  const role = policy.anonymousRole;
  if (problemOfRights(policy, asked.environment, asked.kind, role, {}) !== '') {
    return Promise.resolve(
      unauthenticated('This needs a token: put it into .netrc as the password for this host, or let GOAUTH send it'),
    );
  }
  return Promise.resolve({ status: 204, role, subject: '', reason: '', seconds: KEPT_SECONDS });
}

// ---------------------------------------------------------------------------------------------------------------------
// nginx

// The preloaded one has no methods of an array.
function rules() {
  return JSON.parse(JSON.stringify(policy));
}

function reader(folder) {
  return (name) => fs.readFileSync(`${folder}/${name}.json`, 'utf8');
}

function authorise(r) {
  const asked = {
    authorization: r.headersIn['Authorization'],
    environment: r.headersIn['X-GoProxyCache-Environment'],
    kind: r.headersIn['X-Gateway-Kind'],
  };
  decide(rules(), asked, reader(r.variables.gateway_keys), Date.now() / 1000)
    .then((answer) => {
      r.headersOut['X-Gateway-Role'] = answer.role;
      r.headersOut['X-Gateway-Subject'] = answer.subject;
      r.headersOut['X-Gateway-Reason'] = answer.reason;
      if (answer.status === 204) {
        r.headersOut['X-Accel-Expires'] = String(answer.seconds);
      }
      r.return(answer.status);
    })
    .catch(() => r.return(500));
}

// For entrypoint.sh: what is wrong with the keys that it offers, in a line, or `good`.
function checkKeys(r) {
  const read = reader(r.variables.gateway_offered_keys);
  const issuers = rules().jwt;
  const problemFrom = (at) => {
    if (at === issuers.length) {
      return Promise.resolve('');
    }
    const file = `${issuers[at].name}.json`;
    let text;
    try {
      text = read(issuers[at].name);
    } catch (e) {
      return Promise.resolve(`${file} cannot be read`);
    }
    return problemOfKeys(text, issuers[at].algorithms).then((problem) =>
      problem === '' ? problemFrom(at + 1) : `${file}: ${problem}`,
    );
  };
  problemFrom(0)
    .then((problem) => r.return(200, problem === '' ? 'good\n' : `${problem}\n`))
    .catch(() => r.return(500));
}

export default { authorise, checkKeys, decide, problemOfKeys };
