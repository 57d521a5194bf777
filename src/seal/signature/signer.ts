/**
 * Who signed, by the certificate: the national ids in its subject. IGC-Santé writes the IDNPS of a professional as CN, the
 * Struct_IdNat of a structure as OU.
 * @see https://esante.gouv.fr/produits-services/certificats-igc-sante (profils de certificats); rule I5
 */
import { createHash, type X509Certificate } from 'node:crypto'
import type { Signer } from './signature-verdict.ts'

export function signerOf(certificate: X509Certificate): Signer {
  // As Node writes it: a `+` or a line end within a value is escaped.
  const values = certificate.subject.split(/\n| \+ /).flatMap((line) => {
    const [name, ...value] = line.split('=')
    return name === 'CN' || name === 'OU' || name === 'serialNumber' ? [value.join('=').trim()] : []
  })
  return {
    certificate: createHash('sha256').update(certificate.raw).digest('hex'),
    actors: values.flatMap((value) => {
      if (/^8\d{11}$/.test(value)) return [`ps:${value}`]
      return /^(?:1[0-9AB]{1,2}\d{7,8}|3\d{14})$/.test(value) ? [`st:${value}`] : []
    }),
  }
}
