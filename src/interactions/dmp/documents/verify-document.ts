/**
 * `$verify`: whether a document is what was deposited, every version and the bytes of it, and what was found of the
 * author's signature. For who may read the document and its content; for anybody else it is not there.
 * @see docs/seal.md, docs/api.md "$verify"; docs/policy.md D8, F8, F10, V7
 */
import { createHash } from 'node:crypto'
import { FhirError } from '../../../fhir/fhir-error.ts'
import { encodeUuid, parseResourceId, type ResourceId } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { writeParameters } from '../../../fhir/operation-parameters.ts'
import { holds } from '../../../policy/document-scope.ts'
import { type Examined, examine, type Found } from '../../../seal/examine.ts'
import { readDocument } from '../../../storage/documents/read-document.ts'
import { findCarriers } from '../../../storage/seals/document-signatures.ts'
import { readSealedDocument } from '../../../storage/seals/read-sealed-document.ts'
import type { Answer } from '../../exchange.ts'
import { asFhirError } from '../../foreign-errors.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, permitOrOwn, unknown } from '../permit.ts'
import { columnsAgree } from './columns-agree.ts'
import { signatureParameter, signaturesOf } from './signatures-of.ts'
import { verdictParameters } from './verdict-parameters.ts'

export async function verifyDocument(engine: DmpEngine, exchange: DmpExchange, id: string): Promise<Answer> {
  exchange.trace.asks('DocumentReference')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const found = await readDocument(engine.db, at, askerOf(exchange))
  const reading = permitOrOwn(engine, exchange, found?.record, 'functional right')
  const content = permit(engine, exchange, found?.record, 'read-content')
  const document = found?.document
  if (!document || !holds(reading.scope, document.facts) || !holds(content.scope, document.facts))
    throw unknown()
  const [sealed, ring, digest, carriers] = await Promise.all([
    readSealedDocument(engine.db, at),
    engine.seals.ring(),
    digestOf(engine, at),
    findCarriers(engine.db, at.patientKey, at.id),
  ])
  if (!sealed) throw unknown()
  const { versions, seals, submission } = sealed
  const current = versions.at(-1)?.version ?? 0
  const examined = examine(
    {
      ...at,
      document: at.id,
      versions,
      seals,
      content: digest,
      submission,
      lastTraced: sealed.newerTraced ? current + 1 : current,
      columnsAgree: () => columnsAgree(engine, at.patientKey, sealed),
    },
    ring,
  )
  exchange.trace.concerns('DocumentReference', encodeUuid(at.id), current)
  const signatures = await signaturesOf(engine.db, ring, at, seals, carriers)
  const parameters = [
    ...verdictParameters(exchange.language, at, withFaults(examined, signatures.faults), digest),
    ...signatures.verdicts.map((each) => signatureParameter(each, sealed.facts.authors)),
  ]
  return { status: 200, body: stringifyJson(writeParameters(parameters)) }
}

function withFaults(examined: Examined, faults: readonly Found[]): Examined {
  if (faults.length === 0) return examined
  return { ...examined, result: 'altered', faults: [...examined.faults, ...faults] }
}

/** SHA-256 of the bytes as they can be read now, chunk by chunk; undefined when they cannot be opened. */
async function digestOf(
  { contents }: DmpEngine,
  { patientKey, id }: ResourceId,
): Promise<Buffer | undefined> {
  const hash = createHash('sha256')
  try {
    const open = await contents.open(patientKey, id)
    if (!open) return undefined
    for await (const chunk of await open.bytes()) hash.update(chunk)
    return hash.digest()
  } catch (error) {
    // A store that is not able now is no finding; what does not open is the one that is looked for here.
    if (error instanceof FhirError || asFhirError(error).category !== 'exception') throw error
    return undefined
  }
}
