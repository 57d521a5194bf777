/**
 * The server's certificate, its chain, the authorities of clients and of signers: their dates, and whether they fit.
 * Not looked at: revocation; nobody reads it here (docs/operations.md "TLS and certificates").
 */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import type { Check, Installation } from '../check.ts'
import { type Finding, fault, ok, warning } from '../finding.ts'

const DAY = 86_400_000
const SOON_DAYS = 30
const LEAST_RSA_BITS = 2048

const RENEW = [
  'renouveler le certificat, puis kill -HUP (ou redémarrer)',
  'renew the certificate, then kill -HUP (or restart)',
] as const

export const certificates: Check = {
  name: 'certificates',
  reliesOn: [
    'DMP_TLS_KEY',
    'DMP_TLS_CERT',
    'DMP_TLS_CLIENT_CA',
    'DMP_SIGNATURE_ANCHORS',
    'DMP_PUBLIC_URL',
    'DMP_TRUSTED_PROXY',
  ],
  async look(installation) {
    const { config, now } = installation
    const { tls, seal, proxy } = config
    const found: Finding[] = []
    if (tls) {
      const [leaf, ...chain] = certificatesIn(tls.cert)
      if (leaf) found.push(...serverCertificate(leaf, chain, installation))
      const authorities = tls.ca ? certificatesIn(tls.ca) : []
      for (const authority of authorities) found.push(...datesOf(authority, 'DMP_TLS_CLIENT_CA', now()))
    }
    for (const anchor of seal.anchors) found.push(...datesOf(anchor, 'DMP_SIGNATURE_ANCHORS', now()))
    if (found.length > 0) return found
    return [
      proxy
        ? ok(
            'tls-of-proxy',
            `TLS est l'affaire du proxy (${proxy.addresses.length} adresse(s) de confiance)`,
            `TLS is the proxy's (${proxy.addresses.length} trusted address(es))`,
          )
        : ok(
            'tls-none',
            'pas de TLS : pour un essai sur cette machine',
            'no TLS: for trying on this machine',
          ),
    ]
  },
}

function certificatesIn(pem: Buffer): X509Certificate[] {
  const found = pem.toString('utf8').match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)
  return (found ?? []).map((text) => new X509Certificate(text))
}

function serverCertificate(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  { config, now }: Installation,
): Finding[] {
  const found = [
    ...datesOf(leaf, 'DMP_TLS_CERT', now()),
    ...chain.flatMap((one) => datesOf(one, 'DMP_TLS_CERT', now())),
    ...nameOf(leaf, config.publicUrl),
    ...chainOf([leaf, ...chain]),
    ...strengthOf(leaf),
  ]
  if (found.length > 0) return found
  const days = Math.floor((Date.parse(leaf.validTo) - now()) / DAY)
  return [
    ok(
      'certificate-valid',
      `certificat valable encore ${days} jours, au nom de l'adresse publique, chaîne complète`,
      `the certificate is valid for ${days} more days, for the public address, its chain complete`,
    ),
  ]
}

function datesOf({ validFrom, validTo, subject }: X509Certificate, variable: string, now: number): Finding[] {
  const name = `${variable} (${subject.replaceAll('\n', ', ').slice(0, 120)})`
  const days = Math.floor((Date.parse(validTo) - now) / DAY)
  const until = new Date(validTo).toISOString().slice(0, 10)
  if (Date.parse(validFrom) > now)
    return [
      fault(
        'certificate-not-yet-valid',
        [`${name} n'est pas encore valable`, `${name} is not valid yet`],
        [
          "vérifier l'horloge de cette machine, ou le certificat",
          'look at the clock of this machine, or the certificate',
        ],
      ),
    ]
  if (days < 0)
    return [
      fault('certificate-expired', [`${name} a expiré le ${until}`, `${name} expired on ${until}`], RENEW),
    ]
  if (days >= SOON_DAYS) return []
  return [
    warning(
      'certificate-expires-soon',
      [`${name} expire dans ${days} jours (${until})`, `${name} expires in ${days} days (${until})`],
      RENEW,
    ),
  ]
}

function nameOf(leaf: X509Certificate, publicUrl: string): Finding[] {
  const host = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')
  const matches = isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host)
  if (matches !== undefined) return []
  return [
    fault(
      'certificate-name',
      [
        `le certificat n'est pas au nom de ${host} (DMP_PUBLIC_URL)`,
        `the certificate is not for ${host} (DMP_PUBLIC_URL)`,
      ],
      [
        'un certificat dont subjectAltName contient ce nom, ou corriger DMP_PUBLIC_URL',
        'a certificate whose subjectAltName holds this name, or mend DMP_PUBLIC_URL',
      ],
    ),
  ]
}

/** Each signed by the next, the last by an authority that is known, or by itself. */
function chainOf(chain: readonly X509Certificate[]): Finding[] {
  for (const [i, one] of chain.entries()) {
    const next = chain[i + 1]
    if (next && !(one.checkIssued(next) && one.verify(next.publicKey)))
      return [
        fault(
          'certificate-chain',
          [
            `dans DMP_TLS_CERT, le certificat ${i + 1} n'est pas signé par le ${i + 2}`,
            `in DMP_TLS_CERT, certificate ${i + 1} is not signed by number ${i + 2}`,
          ],
          [
            "mettre d'abord le certificat du serveur, puis chaque autorité intermédiaire dans l'ordre",
            "put the server's certificate first, then each intermediate authority in order",
          ],
        ),
      ]
  }
  const last = chain.at(-1)
  if (!last || last.checkIssued(last) || isKnown(last)) return []
  return [
    warning(
      'certificate-chain-open',
      [
        "l'autorité du dernier certificat de DMP_TLS_CERT n'est ni dans le fichier ni connue de Node",
        'the authority of the last certificate in DMP_TLS_CERT is neither in the file nor known to Node',
      ],
      [
        'ajouter les autorités intermédiaires au fichier ; une autorité privée (IGC-Santé) est à installer chez les clients',
        'add the intermediate authorities to the file; a private one (IGC-Santé) is for the clients to install',
      ],
    ),
  ]
}

function isKnown(last: X509Certificate): boolean {
  return rootCertificates.some((pem) => last.checkIssued(new X509Certificate(pem)))
}

function strengthOf({ publicKey }: X509Certificate): Finding[] {
  const { modulusLength } = publicKey.asymmetricKeyDetails ?? {}
  if (modulusLength === undefined || modulusLength >= LEAST_RSA_BITS) return []
  return [
    fault(
      'certificate-weak',
      [
        `la clé RSA du certificat n'a que ${modulusLength} bits`,
        `the RSA key has ${modulusLength} bits only`,
      ],
      ['P-256, ou RSA de 3072 bits', 'P-256, or RSA of 3072 bits'],
    ),
  ]
}
