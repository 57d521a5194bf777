/**
 * The contents of one request that were taken out of its body while it came. In the body each has a placeholder in its
 * place, which nobody can guess: 33 random bytes for the request, and its number. It reads as base64, and is no one's.
 */
import { randomBytes } from 'node:crypto'
import { ContentSink } from './content-sink.ts'
import type { ReceivedContent } from './received-content.ts'
import { SpoolFile } from './spool-file.ts'

/** Why what was set aside is no content. */
export type ContentFault = 'not-base64' | 'too-large'

const NAME_BYTES = 18

export class SetAside {
  readonly #prefix = randomBytes(33).toString('base64')
  readonly #found = new Map<string, ReceivedContent | ContentFault>()
  readonly #spool: SpoolFile
  readonly #maxBytes: number

  /** @param folder where large contents are spooled @param maxBytes of one content */
  constructor(folder: string, maxBytes: number) {
    this.#spool = new SpoolFile(folder, () => randomBytes(NAME_BYTES).toString('base64url'))
    this.#maxBytes = maxBytes
  }

  newSink(): ContentSink {
    return new ContentSink(this.#spool, this.#maxBytes)
  }

  /** @returns what stands for it in the body */
  add(content: ReceivedContent | ContentFault): string {
    const placeholder = this.#prefix + String(this.#found.size).padStart(8, '0')
    this.#found.set(placeholder, content)
    return placeholder
  }

  /** What a string of the body stands for; undefined when it stands for itself. */
  find(data: string): ReceivedContent | ContentFault | undefined {
    // With more behind it, it is what base64 began and something else went on.
    return this.#found.get(data) ?? (data.startsWith(this.#prefix) ? 'not-base64' : undefined)
  }

  /** INVARIANT: a placeholder never gets into what is kept. @throws Error when one stands in the text */
  assertAbsent(text: string): void {
    if (text.includes(this.#prefix)) throw new Error('A placeholder was about to be stored')
  }

  /** Gives back what is on the disk. Calling it again does nothing. */
  async discard(): Promise<void> {
    await this.#spool.close()
  }
}
