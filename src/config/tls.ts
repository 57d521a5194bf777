/**
 * TLS and client certificates: the server's own files, and the proxy that may say which certificate it verified.
 * @see docs/operations.md "TLS and certificates"
 */
import { X509Certificate } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { TlsFiles } from '../http/tls-options.ts'
import { ConfigError, type Environment, readSettingFile } from './values.ts'

export type TrustedProxy = {
  /** Addresses and networks, as `10.0.0.4` and `10.1.0.0/16`. */
  readonly addresses: readonly string[]
  /** In lower case: `client-cert` (RFC 9440), or another with a percent-encoded PEM, as nginx and Envoy write it. */
  readonly certificateHeader: string
}

/** Also asked anew when certificates are renewed. */
export function readTls(environment: Environment): TlsFiles | undefined {
  const { DMP_TLS_KEY: key, DMP_TLS_CERT: cert, DMP_TLS_CLIENT_CA: ca } = environment
  if (!key && !cert && !ca) return undefined
  if (!key || !cert) throw new ConfigError('DMP_TLS_KEY and DMP_TLS_CERT go together: paths of PEM files')
  const files = {
    key: readSettingFile('DMP_TLS_KEY', key),
    cert: readSettingFile('DMP_TLS_CERT', cert),
    ...(ca ? { ca: readSettingFile('DMP_TLS_CLIENT_CA', ca) } : {}),
  }
  try {
    new X509Certificate(files.cert)
    createSecureContext(files)
  } catch (cause) {
    throw new ConfigError('DMP_TLS_KEY and DMP_TLS_CERT are not a private key and its certificate in PEM', {
      cause,
    })
  }
  if (files.ca) checkAuthorities(files.ca)
  return files
}

/** TLS takes a file without certificates for an empty list, which would let nobody in, or everybody. */
function checkAuthorities(pem: Buffer): void {
  try {
    new X509Certificate(pem)
  } catch (cause) {
    throw new ConfigError('DMP_TLS_CLIENT_CA is no certificate in PEM', { cause })
  }
}

export function readProxy(environment: Environment): TrustedProxy | undefined {
  const { DMP_TRUSTED_PROXY: list, DMP_CLIENT_CERT_HEADER: header } = environment
  if (!list && !header) return undefined
  if (!list || !header) {
    throw new ConfigError(
      'DMP_TRUSTED_PROXY and DMP_CLIENT_CERT_HEADER go together: addresses, and the header they set',
    )
  }
  const certificateHeader = header.toLowerCase()
  if (!/^[a-z0-9-]{1,64}$/.test(certificateHeader) || taken.has(certificateHeader))
    throw new ConfigError('DMP_CLIENT_CERT_HEADER is not the name of a header for a certificate')
  const addresses = list.split(',').map((address) => address.trim())
  for (const address of addresses) {
    if (!isNetwork(address)) {
      throw new ConfigError(
        'DMP_TRUSTED_PROXY is not a list of addresses and networks, as 10.0.0.4, 10.1.0.0/16',
      )
    }
  }
  return { addresses, certificateHeader }
}

const taken: ReadonlySet<string> = new Set(['authorization', 'host', 'content-type', 'x-forwarded-for'])

/** A network of everybody is not one of proxies. */
function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  if (prefix === undefined) return true
  const bits = Number(prefix)
  if (!/^\d{1,3}$/.test(prefix) || bits < 8 || bits > (version === 4 ? 32 : 128)) return false
  new BlockList().addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
  return true
}
