/**
 * A JWS that signs data beside it: JAdES with the header `sigD`, by the URIs and digests of what is signed.
 * @see ETSI TS 119 182-1 §5.2.8 (`sigD`, mechanism ObjectIdByURIHash); RFC 7515 §7 (compact and JSON form)
 *
 * NOT verified: other mechanisms of `sigD`, attached payloads, and JSON forms of more than one signature.
 */
import { X509Certificate } from 'node:crypto'
import { isJsonObject, type JsonObject, JsonSyntaxError, parseJson } from '../../fhir/json.ts'
import { type Hash, isSigned, isStrong, jwsAlgorithms } from './algorithms.ts'
import { type Claim, type SignedData, unreadable } from './signed-data.ts'

const BY_URI_HASH = 'http://uri.etsi.org/19182/ObjectIdByURIHash'
const hashes: ReadonlyMap<unknown, Hash> = new Map([
  ['S256', 'sha256'],
  ['S384', 'sha384'],
  ['S512', 'sha512'],
])
const MAX_CERTIFICATES = 10
const MAX_CLAIMS = 200
/** What the `crit` of a header may name: these are understood here. */
const understood: ReadonlySet<unknown> = new Set(['sigD', 'sigT'])

export function readJwsSignature(text: string): SignedData {
  const parts = partsOf(text.trim())
  const header = parts && decoded(parts.header)
  if (!parts || !header) return unreadable('jws', 'FORMAT_FAILURE')
  const certificates = certificatesOf(header)
  if (!certificates) return unreadable('jws', 'FORMAT_FAILURE')
  const [signer] = certificates
  if (!signer) return unreadable('jws', 'NO_SIGNING_CERTIFICATE_FOUND')
  const scheme = jwsAlgorithms.get(header.alg)
  const crit = Array.isArray(header.crit) ? header.crit : []
  if (!scheme || !isStrong(signer.publicKey) || !crit.every((name) => understood.has(name)))
    return { ...unreadable('jws', 'CRYPTO_CONSTRAINTS_FAILURE'), certificates }
  const claims = claimsOf(header)
  if (parts.payload !== '' || !claims) return { ...unreadable('jws', 'SIGNED_DATA_NOT_FOUND'), certificates }
  const isGenuine = isSigned(
    scheme,
    signer.publicKey,
    Buffer.from(`${parts.header}.`, 'ascii'),
    Buffer.from(parts.signature, 'base64url'),
  )
  const { sigT, iat } = header
  return {
    form: 'jws',
    failure: isGenuine ? undefined : 'SIG_CRYPTO_FAILURE',
    claims,
    whole: false,
    signedAt:
      typeof sigT === 'string'
        ? sigT.slice(0, 40)
        : typeof iat === 'number' && Math.abs(iat) < 8e12
          ? new Date(iat * 1000).toISOString()
          : undefined,
    certificates,
  }
}

type Parts = { readonly header: string; readonly payload: string; readonly signature: string }

function partsOf(text: string): Parts | undefined {
  const compact = /^([\w-]+)\.([\w-]*)\.([\w-]+)$/.exec(text)
  if (compact) {
    const [, header = '', payload = '', signature = ''] = compact
    return { header, payload, signature }
  }
  const json = parsed(text)
  const { protected: header, payload = '', signature } = json ?? {}
  const isFlattened =
    typeof header === 'string' && typeof payload === 'string' && typeof signature === 'string'
  return isFlattened && /^[\w-]+$/.test(header) ? { header, payload, signature } : undefined
}

function decoded(part: string): JsonObject | undefined {
  return parsed(Buffer.from(part, 'base64url').toString('utf8'))
}

function parsed(text: string): JsonObject | undefined {
  try {
    const json = parseJson(text)
    return isJsonObject(json) ? json : undefined
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}

/** Undefined when one of them is none. */
function certificatesOf({ x5c }: JsonObject): X509Certificate[] | undefined {
  if (x5c === undefined) return []
  if (!Array.isArray(x5c) || x5c.length > MAX_CERTIFICATES) return undefined
  try {
    return x5c.map((each) => new X509Certificate(Buffer.from(String(each), 'base64')))
  } catch {
    // Whatever OpenSSL has against it: it is none.
    return undefined
  }
}

/** A digest of the data themselves, or, where the payload is base64url, of that text. */
function claimsOf({ sigD, b64 }: JsonObject): Claim[] | undefined {
  if (!isJsonObject(sigD)) return undefined
  const { mId, pars, hashM, hashV } = sigD
  if (mId !== BY_URI_HASH || !Array.isArray(pars) || !Array.isArray(hashV)) return undefined
  if (pars.length === 0 || pars.length !== hashV.length || pars.length > MAX_CLAIMS) return undefined
  return pars.map((uri, i) => ({
    uri: String(uri),
    hash: hashes.get(hashM),
    transform: b64 === false ? undefined : 'base64url',
    digest: Buffer.from(String(hashV[i]), 'base64url'),
  }))
}
