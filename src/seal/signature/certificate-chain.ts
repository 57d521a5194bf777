/**
 * Whether a certificate leads to an authority that the operator trusts, now.
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-6 (a part of it); ETSI EN 319 102-1 §5.2.6
 *
 * NOT checked: revocation (nothing is fetched from anywhere), policies, name constraints, and the purposes that a
 * certificate names beyond whether it is an authority's.
 */
import type { X509Certificate } from 'node:crypto'

export type ChainVerdict = 'trusted' | 'NO_CERTIFICATE_CHAIN_FOUND' | 'OUT_OF_BOUNDS_NO_POE'

const MAX_DEPTH = 5

/**
 * @param others that came with the signature: they may lead to an anchor, and are none
 * @param now milliseconds since 1970: when the signature was received, which is the first that is known of it
 */
export function chainVerdict(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: number,
): ChainVerdict {
  if (leadsTo(certificate, others, anchors, now, 0)) return 'trusted'
  // With the time left aside: known, and over or not begun.
  return leadsTo(certificate, others, anchors, undefined, 0)
    ? 'OUT_OF_BOUNDS_NO_POE'
    : 'NO_CERTIFICATE_CHAIN_FOUND'
}

function leadsTo(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: number | undefined,
  depth: number,
): boolean {
  if (now !== undefined && !isValidAt(certificate, now)) return false
  const isIssuer = (issuer: X509Certificate): boolean =>
    issuer.ca &&
    (now === undefined || isValidAt(issuer, now)) &&
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey)
  if (anchors.some(isIssuer)) return true
  if (depth >= MAX_DEPTH) return false
  return others.some(
    (other) => other !== certificate && isIssuer(other) && leadsTo(other, others, anchors, now, depth + 1),
  )
}

function isValidAt({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo)
}
