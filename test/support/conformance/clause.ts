/**
 * A clause of the specification and the cases that test it. Cases are values: they are collected here and run by
 * run-clauses.ts, against our server or any other.
 *
 *   export const read = clause('read', 'http.html#read', ({ must, should }) => {
 *     must('an unknown id is 404', async ({ fhir }) => refused(await fhir.get('/Patient/nobody'), 404))
 *   })
 */
import { randomUUID } from 'node:crypto'
import type { Resource } from '@medplum/fhirtypes'
import type { Fhir } from './client.ts'
import type { Readable, Searchable } from './server.ts'

/** `own`: our server's decision where the specification leaves one; foreign servers are not asked. */
export type Level = 'must' | 'should' | 'may' | 'own'

export type Context = {
  readonly fhir: Fhir
  /** The server under test is ours. */
  readonly own: boolean
  /** Different for each call, also from one run to the next, on a server that keeps its data. */
  readonly unique: (prefix?: string) => string
  /** A resource that may be read, on any server. */
  readonly readable: () => Promise<Readable>
  /** Seven resources that one search finds, on any server. */
  readonly searchable: () => Promise<Searchable>
  /** What may be sent to its type to be created, on any server. */
  readonly creatable: () => Promise<Resource>
}

export type Run = (context: Context) => Promise<void>

export type Case = {
  readonly level: Level
  readonly title: string
  /** What the specification says, as an address. */
  readonly spec: string
  readonly run: Run
}

export type Clause = { readonly name: string; readonly spec: string; readonly cases: readonly Case[] }

/** `spec`: another section than the clause's, as `page.html#anchor`. */
export type Add = (title: string, run: Run, spec?: string) => void

export type Adders = Readonly<Record<Level, Add>>

const SPECIFICATION = 'https://hl7.org/fhir/R4/'

export function clause(name: string, section: string, define: (add: Adders) => void): Clause {
  const cases: Case[] = []
  const adder =
    (level: Level): Add =>
    (title, run, spec = section) => {
      if (cases.some((other) => other.title === title)) throw new Error(`${name}: two cases named ${title}`)
      cases.push({ level, title, spec: `${SPECIFICATION}${spec}`, run })
    }
  define({ must: adder('must'), should: adder('should'), may: adder('may'), own: adder('own') })
  return { name, spec: `${SPECIFICATION}${section}`, cases }
}

/** Letters, digits and `-`: good for ids and codes alike. */
export function unique(prefix = 'c'): string {
  return `${prefix}-${randomUUID().slice(0, 13)}`
}

/** What several cases of a clause share, made once, by the first that asks. */
export function shared<T>(make: (context: Context) => Promise<T>): (context: Context) => Promise<T> {
  let made: Promise<T> | undefined
  return (context) => {
    made ??= make(context)
    return made
  }
}
