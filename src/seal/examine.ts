/**
 * Whether a document is what was sealed: every version, its metadata, its content, and that none is missing between the
 * first and the last. What is wrong is named; nothing is put right.
 * @see docs/seal.md ("What a change shows as"); docs/policy.md D8
 *
 * NOT shown by seals: that the newest versions were taken away together with their seals; the traces of them tell
 * (`lastTraced`), as long as these were not taken away too.
 */
import { timeOfUuid, type Uuid } from '../fhir/id.ts'
import { isJsonObject, JsonSyntaxError, parseJson } from '../fhir/json.ts'
import type { StoredSeal } from '../storage/seals/seals.ts'
import type { Genuineness, KeyRing } from './key-ring.ts'
import { metadataDigest, sha256, statementText } from './statement.ts'

/** What can be wrong. */
export const sealFaults = [
  'sceau-absent',
  'sceau-altere',
  'cle-inconnue',
  'metadonnees-alterees',
  'texte-altere',
  'version-absente',
  'chaine-rompue',
  'contenu-altere',
  'contenu-illisible',
  'colonnes-alterees',
  'lot-altere',
  'verdict-altere',
] as const
export type SealFault = (typeof sealFaults)[number]

export type Found = { readonly fault: SealFault /** 0: of no version. */; readonly version: number }

export type VersionVerdict = {
  readonly version: number
  /** Milliseconds since 1970; undefined for what was not sealed. */
  readonly recorded: number | undefined
  readonly kid: string | undefined
  readonly seal: Genuineness | 'absent' | 'before-sealing'
}

export type Examined = {
  readonly result: 'intact' | 'altered' | 'not-sealed'
  readonly versions: readonly VersionVerdict[]
  readonly faults: readonly Found[]
}

export type Exhibit = {
  readonly patientKey: Uuid
  readonly document: Uuid
  /** All that are stored, the current one last. */
  readonly versions: readonly {
    readonly version: number
    readonly lastUpdated: number
    readonly body: string
  }[]
  readonly seals: readonly StoredSeal[]
  /** SHA-256 of the bytes as they were read; undefined when they could not be. */
  readonly content: Buffer | undefined
  /** The text of the submission set, if the deposit names one and it is there. */
  readonly submission: string | undefined
  /** The greatest version of the document that a trace names. */
  readonly lastTraced: number
  /** Whether the columns that policy reads say what the current text says: asked only of a text that is what was sealed. */
  readonly columnsAgree: () => boolean
}

export function examine(exhibit: Exhibit, ring: KeyRing): Examined {
  const { versions, seals } = exhibit
  const faults: Found[] = []
  const last = Math.max(0, ...versions.map(({ version }) => version), ...seals.map(({ version }) => version))
  const verdicts: VersionVerdict[] = []
  for (let version = 1; version <= Math.max(last, exhibit.lastTraced); version++)
    verdicts.push(examineVersion(exhibit, ring, version, faults))
  faults.push(...contentFaults(exhibit), ...submissionFaults(exhibit))
  const current = versions.at(-1)?.version ?? 0
  const isRewritten = faults.some(({ version }) => version === current)
  if (!isRewritten && !exhibit.columnsAgree()) faults.push({ fault: 'colonnes-alterees', version: current })
  if (faults.length > 0) return { result: 'altered', versions: verdicts, faults }
  const isSealed = verdicts.every(({ seal }) => seal === 'genuine')
  return { result: isSealed ? 'intact' : 'not-sealed', versions: verdicts, faults }
}

function examineVersion(
  { patientKey, document, versions, seals }: Exhibit,
  ring: KeyRing,
  version: number,
  faults: Found[],
): VersionVerdict {
  const stored = versions.find((each) => each.version === version)
  const seal = seals.find((each) => each.version === version)
  const fault = (name: SealFault): void => void faults.push({ fault: name, version })
  if (!stored) fault('version-absente')
  if (!seal) {
    // Made before there were seals, by the time in its id, which nobody changes unseen; later versions by their own.
    const made = version === 1 ? timeOfUuid(document) : (stored?.lastUpdated ?? Number.POSITIVE_INFINITY)
    const isBefore = made < ring.since && !seals.some((each) => each.version < version)
    if (!isBefore) fault('sceau-absent')
    return { version, recorded: undefined, kid: undefined, seal: isBefore ? 'before-sealing' : 'absent' }
  }
  const genuineness = ring.check(statementText({ patientKey, ...seal }), seal)
  if (genuineness !== 'genuine') fault(genuineness === 'forged' ? 'sceau-altere' : 'cle-inconnue')
  if (stored && !sha256(stored.body).equals(seal.text))
    fault(sameMetadata(stored.body, seal.metadata) ? 'texte-altere' : 'metadonnees-alterees')
  const before = versions.find((each) => each.version === version - 1)
  if (seal.previous && before && !sha256(before.body).equals(seal.previous)) fault('chaine-rompue')
  return { version, recorded: seal.recorded, kid: seal.kid, seal: genuineness }
}

/** A text that is no JSON any more is none that was sealed. */
function sameMetadata(body: string, digest: Buffer): boolean {
  try {
    return isJsonObject(parseJson(body)) && metadataDigest(body).equals(digest)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return false
    throw error
  }
}

function contentFaults({ seals, content }: Exhibit): Found[] {
  if (!content) return [{ fault: 'contenu-illisible', version: 0 }]
  const sealed = seals.find(({ version }) => version === 1)?.content
  return sealed && !sealed.equals(content) ? [{ fault: 'contenu-altere', version: 0 }] : []
}

function submissionFaults({ seals, submission }: Exhibit): Found[] {
  const sealed = seals.find(({ version }) => version === 1)?.submission_text
  if (!sealed) return []
  return submission !== undefined && sha256(submission).equals(sealed)
    ? []
    : [{ fault: 'lot-altere', version: 0 }]
}
