/**
 * A client certificate in a proxy's header: `Client-Cert` holds DER as a structured field, any other header a PEM text,
 * percent-encoded, as nginx (`$ssl_client_escaped_cert`), Envoy and the load balancers write it.
 *
 * That the client holds its key, and what authority signed it, the proxy has checked; that the proxy takes away what a
 * client sends under this name is its configuration's to see to, and two headers are a sign that it does not.
 * @see https://www.rfc-editor.org/rfc/rfc9440#section-2.2
 */
import { X509Certificate } from 'node:crypto'
import { certificateRefused } from './authentication/token-refusals.ts'

const byteSequence = /^:([A-Za-z0-9+/]+={0,2}):$/
const onePem = /^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/

/** @param values as they were received, one for each header line @throws FhirError 401 */
export function forwardedCertificate(
  name: string,
  values: readonly string[] | undefined,
): Buffer | undefined {
  const [value, ...more] = values ?? []
  if (more.length > 0) throw certificateRefused()
  if (value === undefined || value === '') return undefined
  const certificate = name === 'client-cert' ? fromBytes(value) : fromPem(value)
  if (!certificate) throw certificateRefused()
  return certificate
}

function fromBytes(value: string): Buffer | undefined {
  const [, base64] = byteSequence.exec(value) ?? []
  return base64 === undefined ? undefined : parsed(Buffer.from(base64, 'base64'))
}

function fromPem(value: string): Buffer | undefined {
  let pem: string
  try {
    pem = decodeURIComponent(value)
  } catch (cause) {
    if (cause instanceof URIError) return undefined
    throw cause
  }
  return onePem.test(pem) ? parsed(pem) : undefined
}

/** Undefined for what OpenSSL does not take for a certificate. */
function parsed(text: string | Buffer): Buffer | undefined {
  try {
    return new X509Certificate(text).raw
  } catch {
    return undefined
  }
}
