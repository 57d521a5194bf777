/** What a fault needs cannot be had on this machine; the message says why, and what would help. It is skipped, and said so. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}
