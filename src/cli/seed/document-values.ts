/**
 * What varies between two made-up documents, as the bytes that stand in their texts and rows. All of it lies in memory that
 * is written anew for each document; a name is made into bytes once.
 */
import { fold } from '../../fhir/fold.ts'
import { encodeUuid, type Uuid } from '../../fhir/id.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import type { Traits } from '../../population/patient.ts'
import { CopyRows } from '../../storage/bulk/copy-rows.ts'
import type { Mark } from '../../storage/bulk/row-template.ts'
import { writeUuid } from '../../storage/uuid-bytes.ts'
import type { DocumentIds } from './made-up-submission.ts'

export type Varying = {
  readonly patientKey: Uuid
  readonly document: SeededDocument
  readonly content: { readonly size: number; readonly sha1Base64: string; readonly sha256: Buffer }
  readonly ids: DocumentIds
  readonly submission: Uuid
  /** Words of its title, as their column has them. */
  readonly vector: Buffer
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The length of those that always have the same; 0 for others. */
const lengths = {
  record: 26,
  recordKey: 16,
  id: 26,
  idKey: 16,
  idText: 36,
  binary: 26,
  binaryKey: 16,
  submission: 16,
  now: 24,
  nowTime: 8,
  date: 25,
  dateTime: 8,
  dateEnd: 8,
  sha1: 28,
  sha256: 32,
  author: 12,
  structure: 10,
  matricule: 15,
  birthDate: 10,
  oid: 0,
  size: 0,
  vector: 0,
  body: 0,
  title: 0,
  titleFolded: 0,
  family: 0,
  familyFolded: 0,
  given: 0,
  givenFolded: 0,
  structureName: 0,
  structureNameFolded: 0,
  patientFamily: 0,
  patientFamilyFolded: 0,
  patientGiven: 0,
  patientGivenFolded: 0,
} as const
type Slot = keyof typeof lengths
const slots = Object.keys(lengths) as Slot[]
const place = Object.fromEntries(slots.map((slot, i) => [slot, i])) as Readonly<Record<Slot, number>>

const SECOND_MS = 1000

export class DocumentValues {
  readonly #all: Uint8Array[] = slots.map((slot) => Buffer.alloc(lengths[slot]))
  readonly #names = new Map<string, readonly [written: Buffer, folded: Buffer]>()
  #patientKey: Uuid | undefined
  #traits: Traits | undefined
  #now = Number.NaN

  /** In the order of the marks. */
  get all(): readonly Uint8Array[] {
    return this.#all
  }

  /** As they are now, as marks for samples. */
  marks(): Mark[] {
    return slots.map((slot, i) => ({ bytes: Buffer.from(this.#all[i] ?? []), isFixed: lengths[slot] > 0 }))
  }

  set({ patientKey, document, content, ids, submission, vector, now }: Varying): void {
    if (patientKey !== this.#patientKey) {
      this.#patientKey = patientKey
      this.#ascii('record', encodeUuid(patientKey))
      this.#key('recordKey', patientKey)
    }
    if (document.traits !== this.#traits) this.#setTraits(document.traits)
    if (now !== this.#now) {
      this.#now = now
      this.#ascii('now', new Date(now).toISOString())
      this.#time('nowTime', now)
    }
    this.#ascii('id', encodeUuid(ids.id))
    this.#ascii('idText', ids.id)
    this.#key('idKey', ids.id)
    this.#ascii('binary', encodeUuid(ids.binaryId))
    this.#key('binaryKey', ids.binaryId)
    this.#key('submission', submission)
    const { author, date, oid, title } = document
    const time = Date.parse(date)
    this.#ascii('date', date)
    this.#time('dateTime', time)
    this.#time('dateEnd', time + SECOND_MS)
    this.#ascii('sha1', content.sha1Base64)
    this.#all[place.sha256] = content.sha256
    this.#ascii('author', author.id)
    this.#ascii('structure', author.structure.id)
    this.#all[place.oid] = Buffer.from(oid, 'latin1')
    this.#all[place.size] = Buffer.from(String(content.size), 'latin1')
    this.#all[place.vector] = vector
    this.#name('title', 'titleFolded', title)
    this.#name('family', 'familyFolded', author.family)
    this.#name('given', 'givenFolded', author.given)
    this.#name('structureName', 'structureNameFolded', author.structure.name)
  }

  /** The text of its metadata. */
  setBody(body: Buffer): void {
    this.#all[place.body] = body
  }

  #setTraits(traits: Traits): void {
    this.#traits = traits
    this.#ascii('matricule', traits.matricule)
    this.#ascii('birthDate', traits.birthDate)
    this.#name('patientFamily', 'patientFamilyFolded', traits.family)
    this.#name('patientGiven', 'patientGivenFolded', traits.given[0] ?? '')
  }

  #ascii(slot: Slot, text: string): void {
    const bytes = this.#all[place[slot]]
    if (!bytes || text.length !== bytes.length) throw new Error(`A made-up ${slot} of another length`)
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  }

  #key(slot: Slot, key: Uuid): void {
    const bytes = this.#all[place[slot]]
    if (!bytes || !writeUuid(key, bytes, 0)) throw new Error(`A made-up ${slot} that is no UUID`)
  }

  #time(slot: Slot, milliseconds: number): void {
    this.#all[place[slot]] = timestampOf(milliseconds)
  }

  /** As it is written, and as it is searched. */
  #name(slot: Slot, foldedSlot: Slot, text: string): void {
    const forms = this.#names.get(text) ?? this.#newName(text)
    this.#all[place[slot]] = forms[0]
    this.#all[place[foldedSlot]] = forms[1]
  }

  #newName(text: string): readonly [Buffer, Buffer] {
    if (/["\\\p{Cc}]/u.test(text)) throw new Error('A made-up text that JSON writes otherwise')
    const forms = [Buffer.from(text), Buffer.from(fold(text))] as const
    this.#names.set(text, forms)
    return forms
  }
}

const scratch = new CopyRows()

/** Without the length in front of it. */
function timestampOf(milliseconds: number): Buffer {
  scratch.clear()
  const start = scratch.length
  scratch.timestamp(milliseconds)
  return Buffer.from(scratch.since(start + 4))
}
