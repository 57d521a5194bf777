/**
 * The XML signatures in a document: XAdES or plain XML-DSig; detached with a manifest, as IHE DSG has it, or enveloped in
 * the document that is signed.
 * @see https://profiles.ihe.net/ITI/TF/Volume3/ch-5.5.html (DSG); https://www.w3.org/TR/xmldsig-core1/; ETSI EN 319 132-1
 *
 * Against signature wrapping: whatever is taken for signed is read in the canonical texts that the signature was verified
 * over, never in the document around them. NOT verified: time-stamps and counter-signatures within, references to
 * anything outside but in a manifest.
 */
import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import { digestMethod, ENVELOPED, isKnownMethod, isStrong, strictSignedXml } from './algorithms.ts'
import type { SignatureForm, SubIndication } from './signature-verdict.ts'
import { type Claim, type SignedData, unreadable } from './signed-data.ts'
import {
  at,
  attribute,
  childElements,
  elementsOf,
  hasMoreElements,
  hasMoreNodes,
  isElement,
  isTooDeep,
  parseTree,
  textOf,
  UnreadableXml,
  type XmlNode,
} from './xml-tree.ts'

const DSIG = /^http:\/\/www\.w3\.org\/2000\/09\/xmldsig#$/
const XADES = /^http:\/\/uri\.etsi\.org\/01903\/v1\.[1-4]\.[1-9]#$/
const MAX_SIGNATURES = 8
const MAX_CERTIFICATES = 10
const MAX_CLAIMS = 200
/** More than thrice the largest example of the ANS. Selecting in a tree of 10,000 takes seconds, in one of 100,000 minutes. */
const MAX_ELEMENTS = 3_000
/** Attributes and comments too: whatever a search of the tree passes by. */
const MAX_NODES = 12_000
/** Of all signatures together: XAdES has two or three in each. Each one costs a search of the whole tree. */
const MAX_REFERENCES = 16
/** References times nodes: three in the largest tree, sixteen in one of 2,250 nodes. */
const MAX_PASSED_BY = 3 * MAX_NODES
/** References times characters: each may be of the whole text. */
const MAX_REFERRED_TO = 8_000_000
const MAX_TRANSFORMS = 4

/** @returns one for each signature; none for a document without, or one of too many nodes to be looked into */
export function readXmlSignatures(text: string): SignedData[] {
  if (hasMoreElements(text, MAX_ELEMENTS) || hasMoreNodes(text, MAX_NODES)) return []
  try {
    const root = parseTree(text)
    if (isTooDeep(root)) return []
    const signatures = [...elementsOf(root)].filter((node) => isElement(node, DSIG, 'Signature'))
    if (signatures.length > MAX_SIGNATURES || asksTooMuch(signatures, text))
      return [unreadable('xmldsig', 'FORMAT_FAILURE')]
    return signatures.map((node) => readOne(text, node))
  } catch (error) {
    if (error instanceof UnreadableXml) return [unreadable('xmldsig', 'FORMAT_FAILURE')]
    throw error
  }
}

function asksTooMuch(signatures: readonly XmlNode[], text: string): boolean {
  const references = signatures.flatMap((node) => at(node, DSIG, 'SignedInfo', 'Reference'))
  return (
    references.length > MAX_REFERENCES ||
    references.length * text.length > MAX_REFERRED_TO ||
    hasMoreNodes(text, MAX_PASSED_BY / Math.max(1, references.length)) ||
    references.some((each) => at(each, DSIG, 'Transforms', 'Transform').length > MAX_TRANSFORMS)
  )
}

function readOne(text: string, node: XmlNode): SignedData {
  const form: SignatureForm = at(node, DSIG, 'Object').some((object) =>
    childElements(object).some((child) => isElement(child, XADES, 'QualifyingProperties')),
  )
    ? 'xades'
    : 'xmldsig'
  const [first] = childElements(node)
  if (!first || !isElement(first, DSIG, 'SignedInfo')) return unreadable(form, 'FORMAT_FAILURE')
  const certificates = certificatesOf(node)
  const [signer] = certificates
  if (!signer) return unreadable(form, 'NO_SIGNING_CERTIFICATE_FOUND')
  const method = attribute(at(first, DSIG, 'SignatureMethod')[0], 'Algorithm')
  if (!isKnownMethod(method) || !isStrong(signer.publicKey))
    return { ...unreadable(form, 'CRYPTO_CONSTRAINTS_FAILURE'), certificates }
  const verified = verifyOne(text, node, signer)
  if ('failure' in verified) return { ...unreadable(form, verified.failure), certificates }
  return { form, certificates, ...readSigned(verified.signed, signer) }
}

function certificatesOf(node: XmlNode): X509Certificate[] {
  return at(node, DSIG, 'KeyInfo', 'X509Data', 'X509Certificate')
    .slice(0, MAX_CERTIFICATES)
    .map((each) => {
      try {
        return new X509Certificate(Buffer.from(textOf(each), 'base64'))
      } catch {
        // Whatever OpenSSL has against it: it is none.
        throw new UnreadableXml()
      }
    })
}

/** A text that the signature holds for, and how it was referred to. */
type Signed = { readonly uri: string; readonly xml: string; readonly isEnveloped: boolean }

function verifyOne(
  text: string,
  node: XmlNode,
  signer: X509Certificate,
): { readonly signed: readonly Signed[] } | { readonly failure: SubIndication } {
  const checker = strictSignedXml(signer.publicKey)
  try {
    // Typed by the DOM of a browser, which is not here: it is that of xmldom.
    checker.loadSignature(node as unknown as Parameters<typeof checker.loadSignature>[0])
    if (!checker.checkSignature(text)) return { failure: failureOf(checker.getReferences()) }
  } catch (error) {
    return { failure: failureBy(error) }
  }
  const signed = checker
    .getReferences()
    .flatMap(({ uri, signedReference, transforms }) =>
      signedReference === undefined
        ? []
        : [{ uri, xml: signedReference, isEnveloped: transforms.includes(ENVELOPED) }],
    )
  return { signed }
}

/** What is referred to and is not there is not wrong: a reference to data outside, which is not followed. */
function failureOf(
  references: readonly { readonly uri: string; readonly validationError?: Error }[],
): SubIndication {
  const failed = references.find(({ validationError }) => validationError !== undefined)
  return failed && failed.uri !== '' && !failed.uri.startsWith('#') ? 'SIGNED_DATA_NOT_FOUND' : 'HASH_FAILURE'
}

/** By the messages of xml-crypto 6.3, which has no codes; what is not among them is taken for a fault of form. */
function failureBy(error: unknown): SubIndication {
  if (!(error instanceof Error)) throw error
  if (/^invalid signature: the signature value/.test(error.message)) return 'SIG_CRYPTO_FAILURE'
  return /is not supported$/.test(error.message) ? 'CRYPTO_CONSTRAINTS_FAILURE' : 'FORMAT_FAILURE'
}

/** What was signed, out of what was verified. */
function readSigned(
  signed: readonly Signed[],
  signer: X509Certificate,
): Pick<SignedData, 'failure' | 'claims' | 'whole' | 'signedAt'> {
  const roots = signed.map(({ xml }) => parseTree(xml))
  const properties = roots.find((root) => isElement(root, XADES, 'SignedProperties'))
  const manifests = roots.filter((root) => isElement(root, DSIG, 'Manifest'))
  const claims = manifests.flatMap((manifest) => at(manifest, DSIG, 'Reference')).map(claimOf)
  const isOther = properties !== undefined && namesAnotherCertificate(properties, signer)
  return {
    failure: isOther || claims.length > MAX_CLAIMS ? 'FORMAT_FAILURE' : undefined,
    claims,
    whole: signed.some(({ uri, isEnveloped }) => uri === '' && isEnveloped),
    signedAt:
      properties && textOf(at(properties, XADES, 'SignedSignatureProperties', 'SigningTime')[0]).slice(0, 40),
  }
}

function claimOf(reference: XmlNode): Claim {
  const transforms = at(reference, DSIG, 'Transforms', 'Transform').map((each) =>
    attribute(each, 'Algorithm'),
  )
  const [transform, ...others] = transforms
  return {
    uri: attribute(reference, 'URI'),
    hash:
      others.length > 0
        ? undefined
        : digestMethod(attribute(at(reference, DSIG, 'DigestMethod')[0], 'Algorithm')),
    transform,
    digest: Buffer.from(textOf(at(reference, DSIG, 'DigestValue')[0]), 'base64'),
  }
}

/** XAdES says whose certificate it is; a digest of an algorithm that is not verified says nothing. */
function namesAnotherCertificate(properties: XmlNode, signer: X509Certificate): boolean {
  const path = ['SignedSignatureProperties'] as const
  const digests = ['SigningCertificate', 'SigningCertificateV2'].flatMap((name) =>
    at(properties, XADES, ...path, name, 'Cert', 'CertDigest'),
  )
  // The first is the signer's; those of authorities may follow.
  const [digest] = digests
  const children = digest ? childElements(digest) : []
  const method = children.find(({ localName }) => localName === 'DigestMethod')
  const hash = digestMethod(attribute(method, 'Algorithm'))
  if (!hash) return false
  const value = Buffer.from(textOf(children.find(({ localName }) => localName === 'DigestValue')), 'base64')
  const right = createHash(hash).update(signer.raw).digest()
  return value.length !== right.length || !timingSafeEqual(value, right)
}
