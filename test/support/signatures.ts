/**
 * Signatures for tests, put together from texts that are canonical as they are written, so that their digests need no
 * library: XAdES with a manifest as IHE DSG has it, enveloped in a CDA, and JAdES by URIs.
 */
import { createHash, type KeyObject, sign } from 'node:crypto'
import type { TestCertificate } from './certificates.ts'

const dsig = 'http://www.w3.org/2000/09/xmldsig#'
const xades = 'http://uri.etsi.org/01903/v1.3.2#'
const c14n = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
/** Of what is signed within another document: that one's namespaces are not part of it. */
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const more = 'http://www.w3.org/2001/04/xmldsig-more#'

export type SignedBy = {
  readonly certificate: TestCertificate
  /** Signs instead of the certificate's own key. */
  readonly key?: KeyObject
  readonly signedAt?: string
  readonly digestMethod?: string
  readonly signatureMethod?: string
  /** Whose digest XAdES names. */
  readonly named?: TestCertificate
}

export type Reference = {
  readonly uri: string
  readonly bytes: Buffer
  readonly transform?: string
  readonly digestMethod?: string
}

const base64 = (text: string | Buffer, hash = 'sha256'): string =>
  createHash(hash).update(text).digest('base64')

function references(list: readonly Reference[], method: string): string {
  return list
    .map(
      ({ uri, bytes, transform, digestMethod = method }) =>
        `<Reference URI="${uri}">${transform ? `<Transforms><Transform Algorithm="${transform}"></Transform></Transforms>` : ''}` +
        `<DigestMethod Algorithm="${digestMethod}"></DigestMethod><DigestValue>${base64(bytes)}</DigestValue></Reference>`,
    )
    .join('')
}

function signature(
  by: SignedBy,
  parts: readonly { uri: string; text: string; transforms?: string }[],
  canonicalisation = c14n,
): string {
  const method = by.digestMethod ?? 'http://www.w3.org/2001/04/xmlenc#sha256'
  const signedInfo =
    `<SignedInfo xmlns="${dsig}"><CanonicalizationMethod Algorithm="${canonicalisation}"></CanonicalizationMethod>` +
    `<SignatureMethod Algorithm="${by.signatureMethod ?? `${more}ecdsa-sha256`}"></SignatureMethod>` +
    parts
      .map(
        ({ uri, text, transforms = '' }) =>
          `<Reference URI="${uri}">${transforms}<DigestMethod Algorithm="${method}"></DigestMethod>` +
          `<DigestValue>${base64(text)}</DigestValue></Reference>`,
      )
      .join('') +
    '</SignedInfo>'
  const value = sign('sha256', Buffer.from(signedInfo), {
    key: by.key ?? by.certificate.key,
    dsaEncoding: 'ieee-p1363',
  }).toString('base64')
  return (
    `${signedInfo}<SignatureValue>${value}</SignatureValue><KeyInfo><X509Data><X509Certificate>` +
    `${by.certificate.der.toString('base64')}</X509Certificate></X509Data></KeyInfo>`
  )
}

function signedProperties(by: SignedBy): string {
  const named = by.named ?? by.certificate
  return (
    `<SignedProperties xmlns="${xades}" Id="SP"><SignedSignatureProperties><SigningTime>${by.signedAt ?? '2026-09-18T10:31:00Z'}</SigningTime>` +
    `<SigningCertificateV2><Cert><CertDigest><DigestMethod xmlns="${dsig}" Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod>` +
    `<DigestValue xmlns="${dsig}">${base64(named.der)}</DigestValue></CertDigest></Cert></SigningCertificateV2>` +
    '</SignedSignatureProperties></SignedProperties>'
  )
}

/** A document of its own that signs others by their uniqueIds. @param set uniqueId of the submission set */
export function xadesManifest(by: SignedBy, signed: readonly Reference[], set?: string): string {
  const method = by.digestMethod ?? 'http://www.w3.org/2001/04/xmlenc#sha256'
  const ofSet = set
    ? `<Reference URI="${set}"><DigestMethod Algorithm="${method}"></DigestMethod><DigestValue>AA==</DigestValue></Reference>`
    : ''
  const manifest = `<Manifest xmlns="${dsig}" Id="IHEManifest">${ofSet}${references(signed, method)}</Manifest>`
  const properties = signedProperties(by)
  const body = signature(by, [
    { uri: '#IHEManifest', text: manifest },
    { uri: '#SP', text: properties },
  ])
  return (
    `<?xml version="1.0" encoding="UTF-8"?><Signature xmlns="${dsig}" Id="S">${body}<Object>${manifest}</Object>` +
    `<Object><QualifyingProperties xmlns="${xades}" Target="#S">${properties}</QualifyingProperties></Object></Signature>`
  )
}

/** An XML document with its signature within, before the end of the root. @param text canonical but for its declaration */
export function enveloped(by: SignedBy, text: string): string {
  const declaration = /^<\?xml[^>]*\?>\n?/.exec(text)?.[0] ?? ''
  const canonical = text.slice(declaration.length)
  const transforms =
    `<Transforms><Transform Algorithm="${dsig}enveloped-signature"></Transform>` +
    `<Transform Algorithm="${c14n}"></Transform></Transforms>`
  const body = signature(by, [{ uri: '', text: canonical, transforms }], exclusive)
  const end = canonical.lastIndexOf('</')
  return `${declaration}${canonical.slice(0, end)}<Signature xmlns="${dsig}">${body}</Signature>${canonical.slice(end)}`
}

/** JAdES, detached, by the digests of what is signed. */
export function jades(by: SignedBy, signed: readonly Reference[], changes: object = {}): string {
  const header = {
    alg: 'ES256',
    b64: false,
    x5c: [by.certificate.der.toString('base64')],
    sigT: by.signedAt ?? '2026-09-18T10:31:00Z',
    sigD: {
      mId: 'http://uri.etsi.org/19182/ObjectIdByURIHash',
      pars: signed.map(({ uri }) => uri),
      hashM: 'S256',
      hashV: signed.map(({ bytes }) => createHash('sha256').update(bytes).digest('base64url')),
    },
    ...changes,
  }
  const encoded = Buffer.from(JSON.stringify(header)).toString('base64url')
  const value = sign('sha256', Buffer.from(`${encoded}.`), {
    key: by.key ?? by.certificate.key,
    dsaEncoding: 'ieee-p1363',
  })
  return `${encoded}..${value.toString('base64url')}`
}
