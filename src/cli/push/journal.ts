/**
 * What was done, so that a second run does none of it again: a file of lines that is only appended to, each on the disk
 * before anybody is told. It holds salted hashes and the ids that the server gave, no name and no INS; still it tells
 * much to who has the documents too, and is for its owner's eyes alone.
 *
 * A line that a crash has cut is dropped, as what it said was told to nobody.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readSecurityLabels } from '../../dmp/documents/security-labels.ts'
import { CommandError, exitCodes } from '../command.ts'
import type { Sendable } from './item.ts'
import { lockJournal } from './journal-lock.ts'

type Header = { readonly journal: 1; readonly salt: string; readonly server: string }
type Lot = { readonly lot: readonly string[] }
type Note = {
  readonly key: string
  readonly content: string
  readonly file: string
  readonly id: string
  /** Of a document that was sent with labels that hide it. */
  readonly labels?: string
}
/** Of one answer: known together or, cut by a crash, not at all. */
type Done = { readonly done: readonly Note[] }

export type Known =
  | { readonly kind: 'new' }
  | { readonly kind: 'done'; readonly id: string }
  /** Done with other content: under this identifier, or out of this file. */
  | { readonly kind: 'changed'; readonly of: 'identifier' | 'file' }

export class Journal {
  readonly #file: FileHandle
  readonly #release: () => void
  readonly #salt: string
  readonly #done = new Map<string, Note>()
  readonly #files = new Map<string, string>()
  readonly #lots = new Map<string, readonly string[]>()
  #waiting: { readonly line: string; readonly written: () => void; readonly failed: (e: unknown) => void }[] =
    []
  #writing: Promise<void> | undefined

  private constructor(file: FileHandle, release: () => void, salt: string) {
    this.#file = file
    this.#release = release
    this.#salt = salt
  }

  /** @throws CommandError when it is another server's, damaged, or another push uses it */
  static async open(path: string, server: string): Promise<Journal> {
    const release = lockJournal(path)
    let file: FileHandle | undefined
    try {
      const existing = existsSync(path) ? readFileSync(path, 'utf8') : ''
      const whole = existing.slice(0, existing.lastIndexOf('\n') + 1)
      file = await open(path, 'a', 0o600)
      await file.truncate(Buffer.byteLength(whole))
      const lines = whole.split('\n').slice(0, -1)
      const header = lines.length > 0 ? readHeader(path, lines[0] ?? '') : newHeader(server)
      if (header.server !== hash(header.salt, server))
        throw new CommandError(
          exitCodes.usage,
          `${path} is the journal of a push to another server: --journal`,
        )
      const journal = new Journal(file, release, header.salt)
      for (const [i, line] of lines.entries()) if (i > 0) journal.#read(path, line, i + 1)
      if (lines.length === 0) await journal.#append(header)
      return journal
    } catch (error) {
      await file?.close()
      release()
      throw error
    }
  }

  know(item: Sendable): Known {
    const done = this.#done.get(this.#keyOf(item))
    const content = this.#contentOf(item)
    if (done && done.content !== content) return { kind: 'changed', of: 'identifier' }
    // What is to be hidden now, and was not when it was sent, is for the server to answer.
    const labels = this.#labelsOf(item)
    if (done)
      return labels === undefined || labels === done.labels ? { kind: 'done', id: done.id } : { kind: 'new' }
    if (item.kind === 'deletion' || item.ownIdentifier) return { kind: 'new' }
    const before = this.#files.get(this.#fileOf(item))
    return before !== undefined && before !== content ? { kind: 'changed', of: 'file' } : { kind: 'new' }
  }

  /** The lot in which this was last sent, as long as no answer was noted: its members by their keys. */
  openLot(item: Sendable): readonly string[] | undefined {
    return this.#lots.get(this.#keyOf(item))
  }

  keyOf(item: Sendable): string {
    return this.#keyOf(item)
  }

  async willSend(items: readonly Sendable[]): Promise<void> {
    await this.#append({ lot: items.map((item) => this.#keyOf(item)) })
  }

  /** What one answer has settled, in one line: of a lot that was cut by a crash the members stay together. */
  async noteDone(settled: readonly { readonly item: Sendable; readonly id: string }[]): Promise<void> {
    const done = settled.map(({ item, id }) => {
      const labels = this.#labelsOf(item)
      return {
        key: this.#keyOf(item),
        content: this.#contentOf(item),
        file: this.#fileOf(item),
        id,
        ...(labels === undefined ? {} : { labels }),
      }
    })
    await this.#append({ done })
    this.#remember({ done })
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
    this.#release()
  }

  #keyOf(item: Sendable): string {
    return hash(this.#salt, item.kind === 'deletion' ? `delete ${item.uniqueId}` : item.uniqueId)
  }

  #contentOf(item: Sendable): string {
    return item.kind === 'deletion' ? '' : hash(this.#salt, item.content.sha256)
  }

  #labelsOf(item: Sendable): string | undefined {
    if (item.kind === 'deletion') return undefined
    const { labels } = readSecurityLabels(item.document.securityLabel)
    const hiding = [labels.masked, labels.invisiblePatient, labels.invisibleLegal]
    return hiding.includes(true) ? hash(this.#salt, `${item.uniqueId} ${hiding.join()}`) : undefined
  }

  #fileOf({ origin }: Sendable): string {
    return hash(this.#salt, `${resolve(origin.file)}#${origin.message?.number ?? ''}`)
  }

  #read(path: string, line: string, number: number): void {
    const entry = parsed(line)
    const [lot, done] = [Reflect.get(entry ?? {}, 'lot'), Reflect.get(entry ?? {}, 'done')]
    if (Array.isArray(lot) && lot.every((key) => typeof key === 'string')) this.#remember({ lot })
    else if (Array.isArray(done) && done.every(isNote)) this.#remember({ done })
    else throw damaged(path, number)
  }

  #remember(entry: Lot | Done): void {
    if ('lot' in entry) {
      for (const key of entry.lot) this.#lots.set(key, entry.lot)
      return
    }
    for (const note of entry.done) {
      this.#done.set(note.key, note)
      this.#files.set(note.file, note.content)
      this.#lots.delete(note.key)
    }
  }

  /** Lines that come together are on the disk together. */
  #append(entry: Header | Lot | Done): Promise<void> {
    return new Promise((written, failed) => {
      this.#waiting.push({ line: `${JSON.stringify(entry)}\n`, written, failed })
      this.#writing ??= this.#write()
    })
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#file.appendFile(batch.map(({ line }) => line).join(''))
        await this.#file.datasync()
        for (const { written } of batch) written()
      } catch (cause) {
        const failure = new CommandError(exitCodes.stopped, 'the journal cannot be written', { cause })
        for (const { failed } of batch) failed(failure)
      }
    }
    this.#writing = undefined
  }
}

function newHeader(server: string): Header {
  const salt = randomBytes(16).toString('hex')
  return { journal: 1, salt, server: hash(salt, server) }
}

function readHeader(path: string, line: string): Header {
  const header = parsed(line)
  const [version, salt, server] = ['journal', 'salt', 'server'].map((name) => Reflect.get(header ?? {}, name))
  if (version !== 1 || typeof salt !== 'string' || typeof server !== 'string') throw damaged(path, 1)
  return { journal: 1, salt, server }
}

function isNote(note: unknown): note is Note {
  if (typeof note !== 'object' || note === null) return false
  const labels = Reflect.get(note, 'labels')
  if (labels !== undefined && typeof labels !== 'string') return false
  return ['key', 'content', 'file', 'id'].every((name) => typeof Reflect.get(note, name) === 'string')
}

function damaged(path: string, line: number): CommandError {
  return new CommandError(
    exitCodes.usage,
    `${path}, line ${line}: this is no line of a journal. Put it away, and what is there already is found at the server`,
  )
}

function parsed(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function hash(salt: string, text: string): string {
  return createHash('sha256').update(`${salt}\n${text}`).digest('hex').slice(0, 40)
}
