/**
 * The algorithms that a signature may have been made with. What is not here is not verified: SHA-1 and MD5, HMAC (whoever
 * verifies could sign), DSA, XSLT and XPath, which run what the signer wrote.
 * @see https://www.w3.org/TR/xmldsig-core1/#sec-AlgID, RFC 9231; ANSSI guide des mécanismes cryptographiques 2.04; RFC 7518
 */
import { constants, createHash, type KeyObject, verify } from 'node:crypto'
import {
  C14nCanonicalization,
  C14nCanonicalizationWithComments,
  ExclusiveCanonicalization,
  ExclusiveCanonicalizationWithComments,
  SignedXml,
} from 'xml-crypto'

export type Hash = 'sha256' | 'sha384' | 'sha512'

const more = 'http://www.w3.org/2001/04/xmldsig-more#'
const enc = 'http://www.w3.org/2001/04/xmlenc#'
const mgf1 = 'http://www.w3.org/2007/05/xmldsig-more#'
const c14n = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

const digestMethods: Readonly<Record<string, Hash>> = {
  [`${enc}sha256`]: 'sha256',
  [`${more}sha384`]: 'sha384',
  [`${enc}sha512`]: 'sha512',
}

type Scheme = { readonly hash: Hash; readonly key: 'rsa' | 'ec'; readonly pss?: true }

const signatureMethods: Readonly<Record<string, Scheme>> = {
  [`${more}rsa-sha256`]: { hash: 'sha256', key: 'rsa' },
  [`${more}rsa-sha384`]: { hash: 'sha384', key: 'rsa' },
  [`${more}rsa-sha512`]: { hash: 'sha512', key: 'rsa' },
  [`${mgf1}sha256-rsa-MGF1`]: { hash: 'sha256', key: 'rsa', pss: true },
  [`${mgf1}sha384-rsa-MGF1`]: { hash: 'sha384', key: 'rsa', pss: true },
  [`${mgf1}sha512-rsa-MGF1`]: { hash: 'sha512', key: 'rsa', pss: true },
  [`${more}ecdsa-sha256`]: { hash: 'sha256', key: 'ec' },
  [`${more}ecdsa-sha384`]: { hash: 'sha384', key: 'ec' },
  [`${more}ecdsa-sha512`]: { hash: 'sha512', key: 'ec' },
}

/** RFC 7518 §3.1. */
export const jwsAlgorithms: ReadonlyMap<unknown, Scheme> = new Map<unknown, Scheme>([
  ['RS256', { hash: 'sha256', key: 'rsa' }],
  ['RS384', { hash: 'sha384', key: 'rsa' }],
  ['RS512', { hash: 'sha512', key: 'rsa' }],
  ['PS256', { hash: 'sha256', key: 'rsa', pss: true }],
  ['PS384', { hash: 'sha384', key: 'rsa', pss: true }],
  ['PS512', { hash: 'sha512', key: 'rsa', pss: true }],
  ['ES256', { hash: 'sha256', key: 'ec' }],
  ['ES384', { hash: 'sha384', key: 'ec' }],
  ['ES512', { hash: 'sha512', key: 'ec' }],
])

export const canonicalisations = {
  [c14n]: C14nCanonicalization,
  [`${c14n}#WithComments`]: C14nCanonicalizationWithComments,
  [exclusive]: ExclusiveCanonicalization,
  [`${exclusive}WithComments`]: ExclusiveCanonicalizationWithComments,
} as const

/** @param key of the kind that the scheme asks for, or false */
export function isSigned(scheme: Scheme, key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  if (key.asymmetricKeyType !== scheme.key) return false
  const options =
    scheme.key === 'ec'
      ? ({ key, dsaEncoding: 'ieee-p1363' } as const)
      : scheme.pss
        ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
        : { key, padding: constants.RSA_PKCS1_PADDING }
  return verify(scheme.hash, signed, options, signature)
}

/** RSA of 2048 bits and more, and the curves of NIST (RFC 7518, ANSSI). */
export function isStrong({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (type === 'rsa') return (details?.modulusLength ?? 0) >= 2048
  return type === 'ec' && ['prime256v1', 'secp384r1', 'secp521r1'].includes(details?.namedCurve ?? '')
}

export function digestMethod(algorithm: string): Hash | undefined {
  return Object.hasOwn(digestMethods, algorithm) ? digestMethods[algorithm] : undefined
}

export function isKnownMethod(algorithm: string): boolean {
  return Object.hasOwn(signatureMethods, algorithm)
}

/** xml-crypto with these algorithms and no other, and never with a key out of the document. */
export function strictSignedXml(key: KeyObject): SignedXml {
  const signed = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null })
  const enveloped = signed.CanonicalizationAlgorithms[ENVELOPED]
  if (!enveloped) throw new Error('xml-crypto knows no enveloped signatures')
  signed.CanonicalizationAlgorithms = { ...canonicalisations, [ENVELOPED]: enveloped }
  signed.HashAlgorithms = Object.fromEntries(
    Object.entries(digestMethods).map(([uri, hash]) => [uri, hashAlgorithm(uri, hash)]),
  )
  signed.SignatureAlgorithms = Object.fromEntries(
    Object.entries(signatureMethods).map(([uri, scheme]) => [uri, signatureAlgorithm(uri, scheme, key)]),
  )
  return signed
}

function hashAlgorithm(uri: string, hash: Hash) {
  return class {
    getAlgorithmName = () => uri
    getHash = (xml: string) => createHash(hash).update(xml, 'utf8').digest('base64')
  }
}

/** Verifies with the key that was given here, whatever it is handed. */
function signatureAlgorithm(uri: string, scheme: Scheme, key: KeyObject) {
  return class {
    getAlgorithmName = () => uri
    getSignature = (): string => {
      throw new Error('Nothing is signed here')
    }
    verifySignature = (material: string, _: unknown, value: string): boolean =>
      isSigned(scheme, key, Buffer.from(material, 'utf8'), Buffer.from(value, 'base64'))
  }
}
