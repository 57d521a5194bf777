/** What a signature says it signs, before anybody has looked whether it is so. */
import type { X509Certificate } from 'node:crypto'
import type { Hash } from './algorithms.ts'
import type { SignatureForm, SubIndication } from './signature-verdict.ts'

/** Of data beside the signature: their digest. */
export type Claim = {
  /** The uniqueId of a document: `urn:oid:…`, `urn:uuid:…`. */
  readonly uri: string
  /** Undefined for one that is not verified here. */
  readonly hash: Hash | undefined
  /** How the data are put into octets first; undefined: as they are. */
  readonly transform: string | undefined
  readonly digest: Buffer
}

export type SignedData = {
  readonly form: SignatureForm
  /** What is wrong with the signature itself; undefined: it is that of the certificate. */
  readonly failure: SubIndication | undefined
  readonly claims: readonly Claim[]
  /** Whether the very document that holds the signature is signed, all but the signature. */
  readonly whole: boolean
  readonly signedAt: string | undefined
  /** The signer's, then those that came along. */
  readonly certificates: readonly X509Certificate[]
}

export function unreadable(form: SignatureForm, failure: SubIndication): SignedData {
  return { form, failure, claims: [], whole: false, signedAt: undefined, certificates: [] }
}
