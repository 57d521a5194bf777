/**
 * The verdict on a signature: whether it is the signer's, of these very documents, and whether the signer's certificate
 * leads to an authority that is trusted here.
 * @see ETSI EN 319 102-1 §5; docs/seal.md; docs/policy.md D8
 */
import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto'
import { canonicalisations, type Hash } from './algorithms.ts'
import { canonicalXml } from './canonical-xml.ts'
import { chainVerdict } from './certificate-chain.ts'
import { indicationOf, type SignatureVerdict, type SubIndication } from './signature-verdict.ts'
import type { Claim, SignedData } from './signed-data.ts'
import { signerOf } from './signer.ts'

/** A document that a signature may be of. */
export type Signable = {
  /** Its logical id. */
  readonly id: string
  /** As a signature names it: the uniqueId, `urn:oid:…`. */
  readonly uri: string
  readonly sha256: Buffer
  readonly size: number
  bytes(): AsyncIterable<Buffer>
}

export type Judging = {
  /** The document that holds the signature. */
  readonly carrier: Signable
  /** What else may be signed: of the same lot, or named by `relatesTo` and seen. */
  readonly others: readonly Signable[]
  /** The uniqueId of the submission set, whose digest nobody makes (DSG): it is none of a document. */
  readonly set: string | undefined
  readonly anchors: readonly X509Certificate[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What is put into a canonical form is read as a whole, and held at most twice. */
const MAX_CANONICAL_BYTES = 2 * 1024 * 1024

export async function judgeSignature(data: SignedData, judging: Judging): Promise<SignatureVerdict> {
  const { carrier, others, set } = judging
  const claims = data.claims.filter(({ uri }) => uri !== set)
  const found = claims.map((claim) => ({ claim, signable: others.find(({ uri }) => uri === claim.uri) }))
  const failure =
    data.failure ?? repeated(claims) ?? (await failureOfClaims(found)) ?? failureOfSigner(data, judging)
  const documents = [
    ...(data.whole ? [carrier.id] : []),
    ...found.flatMap(({ signable }) => signable?.id ?? []),
  ]
  const isAbout = failure === undefined && documents.length === 0 ? 'SIGNED_DATA_NOT_FOUND' : failure
  const [certificate] = data.certificates
  return {
    form: data.form,
    indication: indicationOf(isAbout),
    ...(isAbout === undefined ? {} : { subIndication: isAbout }),
    ...(data.signedAt ? { signedAt: data.signedAt } : {}),
    ...(certificate ? { signer: signerOf(certificate) } : {}),
    documents,
  }
}

/** Each claim has its document put into octets and digested: one that is claimed again and again costs so many times. */
function repeated(claims: readonly Claim[]): SubIndication | undefined {
  return new Set(claims.map(({ uri }) => uri)).size < claims.length ? 'FORMAT_FAILURE' : undefined
}

type Looked = { readonly claim: Claim; readonly signable: Signable | undefined }

/** One digest that is wrong is enough; one that cannot be made is told only when no other is wrong. */
async function failureOfClaims(found: readonly Looked[]): Promise<SubIndication | undefined> {
  let failure: SubIndication | undefined
  for (const { claim, signable } of found) {
    const one = signable ? await failureOfClaim(claim, signable) : 'SIGNED_DATA_NOT_FOUND'
    if (one === 'HASH_FAILURE') return one
    failure ??= one
  }
  return failure
}

async function failureOfClaim(
  { hash, transform, digest }: Claim,
  signable: Signable,
): Promise<SubIndication | undefined> {
  if (!hash) return 'CRYPTO_CONSTRAINTS_FAILURE'
  const made = await digestOf(hash, transform, signable)
  if (!made) return 'CRYPTO_CONSTRAINTS_FAILURE'
  return made.length === digest.length && timingSafeEqual(made, digest) ? undefined : 'HASH_FAILURE'
}

/** Undefined for a transform that is not made here, or not of so large a document. */
async function digestOf(
  hash: Hash,
  transform: string | undefined,
  { sha256, size, bytes }: Signable,
): Promise<Buffer | undefined> {
  if (transform === undefined) {
    if (hash === 'sha256') return sha256
    const made = createHash(hash)
    for await (const chunk of bytes()) made.update(chunk)
    return made.digest()
  }
  if (transform !== 'base64url' && !Object.hasOwn(canonicalisations, transform)) return undefined
  if (size > MAX_CANONICAL_BYTES) return undefined
  const chunks: Buffer[] = []
  for await (const chunk of bytes()) chunks.push(chunk)
  const whole = Buffer.concat(chunks)
  const text = transform === 'base64url' ? whole.toString('base64url') : canonicalXml(whole, transform)
  return text === undefined ? undefined : createHash(hash).update(text, 'utf8').digest()
}

function failureOfSigner({ certificates }: SignedData, { anchors, now }: Judging): SubIndication | undefined {
  const [certificate, ...rest] = certificates
  if (!certificate) return 'NO_SIGNING_CERTIFICATE_FOUND'
  const verdict = chainVerdict(certificate, rest, anchors, now)
  return verdict === 'trusted' ? undefined : verdict
}
