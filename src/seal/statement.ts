/**
 * What a seal says of one version of a document: which it is, when it was made, by whom, and the digests by which its
 * metadata and its content are known again. It names no other document: whoever sees this one may see its seal (V7). The
 * submission set, and what was found of a signature, stand in it by digests of texts that nobody can guess.
 * @see docs/seal.md; RFC 8785 (the form that is signed); docs/policy.md D8
 */
import { hash } from 'node:crypto'
import { canonicalJson, canonicalText } from '../fhir/canonical-json.ts'
import { formatResourceId } from '../fhir/id.ts'
import type { JsonObject } from '../fhir/json.ts'
import type { NewSeal } from '../storage/seals/seals.ts'

/** What made the version: a deposit, its replacement by another, a change of its metadata, the end of the month of V4. */
export const activities = ['depot', 'remplacement', 'modification', 'annonce'] as const
export type Activity = (typeof activities)[number]

export type Statement = Omit<NewSeal, 'kid' | 'signature'>

/** The text that is signed. */
export function statementText(statement: Statement): string {
  const { patientKey, document, version, recorded, previous, verdict } = statement
  const at = formatResourceId({ patientKey, id: document })
  const said: JsonObject = {
    form: 'dmp-seal-1',
    document: `DocumentReference/${at}/_history/${version}`,
    recorded: new Date(recorded).toISOString(),
    activity: statement.activity,
    actor: statement.actor,
    person: statement.person,
    organization: statement.organization,
    client: statement.client,
    metadata: statement.metadata.toString('hex'),
    text: statement.text.toString('hex'),
    ...(statement.content ? { content: statement.content.toString('hex') } : {}),
    ...(previous ? { previous: previous.toString('hex') } : {}),
    ...(statement.submission_text ? { submission: statement.submission_text.toString('hex') } : {}),
    ...(verdict ? { verdict: sha256(verdict).toString('hex') } : {}),
  }
  return canonicalJson(said)
}

/** Of metadata as they are stored and served: what anybody can make who was served them. */
export function metadataDigest(body: string): Buffer {
  return sha256(canonicalText(body))
}

export function sha256(bytes: string | Buffer): Buffer {
  return hash('sha256', bytes, 'buffer')
}
