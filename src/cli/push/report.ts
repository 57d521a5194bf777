/**
 * What became of each file: counted, and told as it happens to a report file, so that no list of them is kept. The file
 * names the user's files and where documents lie; it is for the user's eyes alone.
 */
import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { CommandError, exitCodes } from '../command.ts'
import type { Reason } from './item.ts'

/** `known`: the journal says so, and nothing was sent. `there`: the server had it. */
export type Told = 'sent' | 'there' | 'known' | 'refused' | 'failed' | 'ignored'
export type Counts = Readonly<Record<Told, number>>

export type Line = {
  readonly file: string
  readonly outcome: Told
  readonly uniqueId?: string
  readonly id?: string
  readonly reasons?: readonly Reason[]
}

export class Report {
  readonly #counts = { sent: 0, there: 0, known: 0, refused: 0, failed: 0, ignored: 0 }
  readonly #path: string | undefined
  readonly #file: number | undefined
  #first = true

  /** @param path of the report file, if there is to be one. @throws CommandError when it cannot be written */
  constructor(path: string | undefined) {
    this.#path = path
    if (path === undefined) return
    try {
      this.#file = openSync(unfinished(path), 'w', 0o600)
      writeSync(this.#file, '{"documents":[')
    } catch (cause) {
      throw new CommandError(exitCodes.usage, '--report: the file cannot be written', { cause })
    }
  }

  get counts(): Counts {
    return { ...this.#counts }
  }

  note(line: Line): void {
    this.#counts[line.outcome]++
    if (this.#file === undefined) return
    writeSync(this.#file, `${this.#first ? '' : ','}\n${JSON.stringify(line)}`)
    this.#first = false
  }

  /** @param rest what stands beside the documents */
  end(rest: object): void {
    if (this.#file === undefined || this.#path === undefined) return
    writeSync(this.#file, `\n],"counts":${JSON.stringify(this.#counts)},${JSON.stringify(rest).slice(1)}\n`)
    closeSync(this.#file)
    renameSync(unfinished(this.#path), this.#path)
  }
}

function unfinished(path: string): string {
  return `${path}.${process.pid}.tmp`
}
