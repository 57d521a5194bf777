/**
 * What is found of an author's signature, in the words of the European standard on validating signatures.
 * @see ETSI EN 319 102-1 §5.1.3 and Table 6 (indications and sub-indications)
 */

/** `TOTAL-FAILED`: it is wrong, whatever else is known. `INDETERMINATE`: not enough is known to say. */
export type Indication = 'TOTAL-PASSED' | 'TOTAL-FAILED' | 'INDETERMINATE'

export type SubIndication =
  /** TOTAL-FAILED: no signature that can be read, a digest, a signature value. */
  | 'FORMAT_FAILURE'
  | 'HASH_FAILURE'
  | 'SIG_CRYPTO_FAILURE'
  /** INDETERMINATE: an algorithm that is not verified here; what is signed is not here; who signed is not known. */
  | 'CRYPTO_CONSTRAINTS_FAILURE'
  | 'SIGNED_DATA_NOT_FOUND'
  | 'NO_SIGNING_CERTIFICATE_FOUND'
  | 'NO_CERTIFICATE_CHAIN_FOUND'
  | 'OUT_OF_BOUNDS_NO_POE'

const failures: ReadonlySet<SubIndication> = new Set(['FORMAT_FAILURE', 'HASH_FAILURE', 'SIG_CRYPTO_FAILURE'])

export function indicationOf(sub: SubIndication | undefined): Indication {
  if (sub === undefined) return 'TOTAL-PASSED'
  return failures.has(sub) ? 'TOTAL-FAILED' : 'INDETERMINATE'
}

export type SignatureForm = 'xades' | 'xmldsig' | 'jws'

export type SignatureVerdict = {
  readonly form: SignatureForm
  readonly indication: Indication
  readonly subIndication?: SubIndication
  /** As the signer says; when it was received is in the seal. */
  readonly signedAt?: string
  readonly signer?: Signer
  /** Logical ids of the documents that are signed, as they are. */
  readonly documents: readonly string[]
}

export type Signer = {
  /** SHA-256 of the certificate. */
  readonly certificate: string
  /** IDNPS and Struct_IdNat in its subject: `ps:…`, `st:…`. */
  readonly actors: readonly string[]
}
