/**
 * Texts deflated before they are sealed: a CDA takes a sixth of its bytes, one that carries a PDF in base64 three quarters,
 * of tables, log and backups alike. What is compressed already is known by how it begins, and left alone.
 * @see https://www.rfc-editor.org/rfc/rfc1951; docs/decisions/0027
 *
 * NOT hidden: how far a text could be packed. Who holds the sealed bytes reads of their length what he read of the plain
 * ones' before. Nobody can mix what he chooses into the text of another: each is packed by itself.
 */
import { constants, deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib'

/** Below this a row of the database does not become smaller. */
const LEAST_BYTES = 1024
/** Up to here other requests do not notice: a third of a millisecond. */
const AT_ONCE_BYTES = 32 * 1024
/** Less is not worth unpacking it each time. */
const LARGEST_PART = 0.9

/** Of what zlib inflates at once. */
const LEAST_PIECE = 64

const settings = { level: constants.Z_BEST_SPEED }

/** @returns the bytes packed; undefined when they stay as they are */
export async function packed(plain: Buffer): Promise<Buffer | undefined> {
  if (plain.length <= AT_ONCE_BYTES) return packedNow(plain)
  return isMarkup(plain) ? ifSmaller(await deflated(plain), plain) : undefined
}

/** The same at once, however large: for who serves nobody meanwhile. */
export function packedNow(plain: Buffer): Buffer | undefined {
  if (plain.length < LEAST_BYTES || !isMarkup(plain)) return undefined
  return ifSmaller(deflateRawSync(plain, settings), plain)
}

function ifSmaller(bytes: Buffer, plain: Buffer): Buffer | undefined {
  return bytes.length <= plain.length * LARGEST_PART ? bytes : undefined
}

/** @param size of what was packed @throws Error when it was no more or less than that */
export function unpacked(bytes: Buffer, size: number): Buffer {
  // In one piece, without a copy: a quarter of the time.
  const plain = inflateRawSync(bytes, { maxOutputLength: size, chunkSize: Math.max(LEAST_PIECE, size) })
  if (plain.length !== size) throw new Error('A packed content has not the size that its row says')
  return plain
}

function deflated(plain: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    deflateRaw(plain, settings, (error, bytes) => (error ? reject(error) : resolve(bytes)))
  })
}

/** XML, HTML, JSON or RTF, after a byte order mark and white space. A PDF or a picture begins otherwise. */
function isMarkup(bytes: Buffer): boolean {
  const from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)
      return byte === 0x3c || byte === 0x7b
  }
  return false
}
