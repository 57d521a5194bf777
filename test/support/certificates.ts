/**
 * X.509 certificates for tests, written out as DER: node:crypto reads them and makes none, and no test may depend on a
 * tool that is not there. Version 3, ECDSA P-256, signed by themselves or by an authority made here.
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type TestCertificate = {
  readonly name: string
  readonly key: KeyObject
  /** PEM. */
  readonly keyPem: string
  readonly pem: string
  readonly der: Buffer
  /** `x5t#S256` of RFC 8705. */
  readonly thumbprint: string
}

/**
 * Days from now: when it begins to be valid, and when it ends. `surname`: beside the name, in the same part of the subject.
 * `ca`: an authority itself, as who signs its own is without being told. `curve`: of its key.
 */
export type Valid = {
  readonly from?: number
  readonly until?: number
  readonly surname?: string
  readonly ca?: boolean
  readonly curve?: string
}

/** @param authority who signs it; itself, when there is none */
export function testCertificate(
  name: string,
  authority?: TestCertificate,
  { from = -1, until = 30, surname, ca = authority === undefined, curve = 'P-256' }: Valid = {},
): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
  const serial = randomBytes(16)
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0)
  const tbs = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(serial),
    ecdsaWithSha256,
    nameOf(authority?.name ?? name),
    sequence(time(Date.now() + from * DAY), time(Date.now() + until * DAY)),
    nameOf(name, surname),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(localhost, ...(ca ? [authorityItself] : []))),
  )
  const signature = sign('sha256', tbs, authority?.key ?? privateKey)
  const der = sequence(tbs, ecdsaWithSha256, tagged(0x03, Buffer.concat([Buffer.of(0), signature])))
  return {
    name,
    key: privateKey,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pem: `-----BEGIN CERTIFICATE-----\n${wrapped(der)}\n-----END CERTIFICATE-----\n`,
    der,
    thumbprint: createHash('sha256').update(der).digest('base64url'),
  }
}

const DAY = 86_400_000

function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const { length } = body
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...head), body])
}

const sequence = (...content: readonly Buffer[]): Buffer => tagged(0x30, ...content)
const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes)
const oid = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'))
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))

function nameOf(name: string, surname?: string): Buffer {
  const part = (id: string, text: string): Buffer => sequence(oid(id), tagged(0x0c, Buffer.from(text)))
  const parts = [part('550403', name), ...(surname === undefined ? [] : [part('550404', surname)])]
  return sequence(tagged(0x31, ...parts))
}

function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, '').slice(2, 14)
  return tagged(0x17, Buffer.from(`${digits}Z`))
}

const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), tagged(0x04, value))
/** subjectAltName: the name localhost, the address 127.0.0.1. */
const localhost = extension(
  '551d11',
  sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.of(127, 0, 0, 1))),
)
/** basicConstraints: cA. */
const authorityItself = extension('551d13', sequence(tagged(0x01, Buffer.of(0xff))))

function wrapped(der: Buffer): string {
  return (der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')
}
