/**
 * The CDA discharge letter of the demonstration: our own template with this run's identifiers and dates, or a file of the
 * user's, taken as it is.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { assetPath } from '../../asset-path.ts'
import type { CdaHeader } from '../../dmp/cda/cda-header.ts'
import { parseCda } from '../../dmp/cda/parse-cda.ts'
import { practitionerOid, structureOid } from '../../dmp/identity/national-identifiers.ts'
import type { InsIdentifier } from '../../policy/caller.ts'
import { CommandError, exitCodes } from '../command.ts'
import { drawIdentity, drawPractitionerId, HOSPITAL } from './cast.ts'

export type Letter = {
  readonly bytes: Buffer
  readonly header: CdaHeader
  readonly ins: InsIdentifier
  readonly hospitalId: string
  readonly authorId: string
  readonly gpId: string
  /** Made for this run: nothing of it can be on the server already. */
  readonly fresh: boolean
}

const DISCHARGE_LETTER = '11490-0'
const DAY_MS = 24 * 60 * 60 * 1000

export function ownLetter(now: number): Letter {
  const template = readFileSync(assetPath('demo', 'lettre-de-liaison.xml'), 'utf8')
  const gpId = drawPractitionerId()
  const { matricule, birthTime } = drawIdentity()
  const admission = now - 8 * DAY_MS
  const followUp = now + 7 * DAY_MS
  const documentId = drawOid()
  const values: Readonly<Record<string, string>> = {
    documentId,
    setId: drawOid(),
    matricule,
    birthTime,
    gpId,
    authorId: drawPractitionerId(),
    hospitalId: HOSPITAL,
    now: cdaTime(now),
    day: cdaTime(now).slice(0, 8),
    admission: cdaTime(admission),
    admissionDate: cdaTime(admission).slice(0, 8),
    admissionDay: frenchDay(admission),
    discharge: cdaTime(now),
    dischargeDay: frenchDay(now),
    followUp: cdaTime(followUp).slice(0, 8),
  }
  return { ...read(Buffer.from(fillTemplate(template, values))), gpId, fresh: true }
}

/** @throws CommandError when the file is no discharge letter for a patient with an INS */
export function letterOfFile(path: string): Letter {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw new CommandError(exitCodes.usage, `--cda: the file cannot be read: ${path}`, { cause })
  }
  return { ...read(bytes), gpId: drawPractitionerId(), fresh: false }
}

/** @throws when the template names a value that is not given, or a value is named nowhere */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const unused = new Set(Object.keys(values))
  const filled = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`The letter's template names ${name}, which has no value`)
    unused.delete(name)
    return value
  })
  if (unused.size > 0) throw new Error(`The letter's template does not name ${[...unused].join(', ')}`)
  return filled
}

function read(bytes: Buffer): Omit<Letter, 'gpId' | 'fresh'> {
  const parsed = parseCda(bytes)
  if ('fault' in parsed) {
    const { reason, at } = parsed.fault
    throw new CommandError(exitCodes.usage, `not a CDA document that can be read: ${reason} (${at})`)
  }
  const { header } = parsed
  if (header.code.code !== DISCHARGE_LETTER)
    throw new CommandError(exitCodes.usage, `the story is of a discharge letter (LOINC ${DISCHARGE_LETTER})`)
  const [ins] = header.patient.ins
  const authorId = header.authors
    .flatMap((author) => author.ids)
    .find((id) => id.root === practitionerOid)?.extension
  const hospitalId = [
    ...(header.custodian?.ids ?? []),
    ...header.authors.flatMap((author) => author.organisations),
  ].find((id) => id.root === structureOid)?.extension
  if (!ins || !authorId || !hospitalId)
    throw new CommandError(exitCodes.usage, 'the CDA header lacks an INS, an author (RPPS) or a custodian')
  return { bytes, header, ins, authorId, hospitalId }
}

/** An OID that nobody else has: `2.25.` and a UUID as a number (ITU-T X.667). */
function drawOid(): string {
  return `2.25.${BigInt(`0x${randomBytes(16).toString('hex')}`)}`
}

/** Universal time, said so. */
function cdaTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, '')}+0000`
}

function frenchDay(milliseconds: number): string {
  return new Intl.DateTimeFormat('fr-FR', { timeZone: 'Europe/Paris' }).format(milliseconds)
}
