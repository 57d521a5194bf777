/**
 * What is too large for the memory, on the disk for the time of a request. Only sealed bytes come here, whose key is in
 * memory alone; the file loses its name as soon as it is open, so that it ends with the process, however that ends.
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { refusal } from '../fhir/fhir-error.ts'

const NAME = /^dmp-spool-[\w-]{16,}$/

export class SpoolFile {
  readonly #folder: string
  readonly #newName: () => string
  #file: Promise<FileHandle> | undefined
  #length = 0
  #isClosed = false

  /** @param newName random: who can write to the folder must not know it beforehand */
  constructor(folder: string, newName: () => string) {
    this.#folder = folder
    this.#newName = newName
  }

  /** @returns where the bytes begin @throws FhirError 503 when there is no room */
  async append(bytes: Buffer): Promise<number> {
    const at = this.#length
    this.#length += bytes.length
    try {
      const file = await this.#opened()
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done)
        done += bytesWritten
      }
      return at
    } catch (cause) {
      const impossible = refusal('transient', 'indisponible')
      impossible.cause = cause
      throw impossible
    }
  }

  async read(at: number, length: number): Promise<Buffer> {
    const file = await this.#opened()
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(bytes, done, length - done, at + done)
      if (bytesRead === 0) throw new Error('A spool file is cut off')
      done += bytesRead
    }
    return bytes
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    // One that could not be opened has refused its request already.
    const file = await this.#file?.catch(() => undefined)
    await file?.close()
  }

  async #opened(): Promise<FileHandle> {
    if (this.#isClosed) throw new Error('A spool file is closed')
    this.#file ??= openUnnamed(join(this.#folder, `dmp-spool-${this.#newName()}`))
    return this.#file
  }
}

async function openUnnamed(path: string): Promise<FileHandle> {
  const file = await open(path, 'wx+', 0o600)
  try {
    await rm(path, { force: true })
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * Makes the folder, and removes what a process left there that was killed between the opening of a file and the loss of
 * its name. Of another process at that very moment it would take the name, and that is what comes next anyway.
 * @throws when nothing can be written there: every large deposit would be refused
 */
export async function prepareSpool(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) if (NAME.test(name)) await rm(join(folder, name), { force: true })
  const tried = await openUnnamed(join(folder, `dmp-spool-${randomUUID()}`))
  await tried.close()
}
