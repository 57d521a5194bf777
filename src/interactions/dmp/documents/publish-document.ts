/**
 * ITI-105: one DocumentReference with its bytes inside. The server derives what a CDA header tells, and makes the
 * submission set.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-105.html, ANS PDSm simplified publish
 */
import { receiveContent } from '../../../content/receive-content.ts'
import type { Registry } from '../../../definitions/registry.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import type { Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject } from '../../../fhir/json.ts'
import { operationOutcome } from '../../../fhir/outcome.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import { setAsideOf } from '../../set-aside-of.ts'
import { rewriteLinks } from '../../transaction/rewrite-links.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { simplifiedPublish } from '../submission/held-profiles.ts'
import { labelIssues } from '../submission/label-issues.ts'
import { attachmentOf, masterIdentifierOf } from '../submission/lot.ts'
import { type DepositedDocument, depositDocument } from '../submission/single-document.ts'
import { location } from '../submission/store-submission.ts'
import { patientReference, permitSubject, refuseOtherIns, resolveSubject } from '../submission/subject.ts'

const AT = 'DocumentReference'

export async function publishDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  body: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('DocumentReference')
  const sent = readBodyOf(engine, body, 'DocumentReference')
  const subject = await resolveSubject(engine, exchange, sent.subject, `${AT}.subject`)
  const { grant } = permitSubject(engine, exchange, subject, 'feed', `${AT}.subject`)
  refuseOtherIns(sent.subject, subject, `${AT}.subject`)
  const content = receiveContent(
    attachmentOf(sent)?.data,
    engine.limits.maxDocumentBytes,
    `${AT}.content[0].attachment.data`,
    setAsideOf(body),
  )
  if (masterIdentifierOf(sent) === '') {
    throw refusal('unprocessable', 'element-requis', {
      type: 'required',
      params: { name: 'masterIdentifier' },
      expression: `${AT}.masterIdentifier`,
    })
  }
  const document = withoutData(sent, subject, engine.registry)
  const deposited = await depositDocument(engine, exchange, {
    document,
    content: { content, form: 'Binary' },
    subject,
    grant,
    profile: simplifiedPublish,
    at: AT,
  })
  return answer(exchange, subject.record.facts.patientKey, deposited)
}

/** The document with the bytes taken out, and the patient by the id of the record. */
function withoutData(document: JsonObject, subject: Subject, registry: Registry): JsonObject {
  const patient = patientReference(subject)
  const content = (Array.isArray(document.content) ? document.content : []).map((item) => {
    if (!isJsonObject(item) || !isJsonObject(item.attachment)) return item
    const { data: _, ...attachment } = item.attachment
    return { ...item, attachment }
  })
  const rewritten = rewriteLinks({ ...document, content }, registry, AT, (text, kind) =>
    kind === 'reference' && text.startsWith('Patient?') ? patient : undefined,
  )
  return { ...rewritten, subject: { reference: patient } }
}

function answer(exchange: DmpExchange, patientKey: Uuid, { stored, admitted }: DepositedDocument): Answer {
  const headers = {
    status: stored.created ? 201 : 200,
    location: location('DocumentReference', patientKey, stored.id, stored.version),
    etag: `W/"${stored.version}"`,
    lastModified: stored.lastUpdated,
  }
  // A repeated push is told where its document lies; what lies there is read with the right to read.
  const [first, ...rest] = stored.created ? [] : labelIssues(stored, admitted)
  if (first) return { ...headers, body: operationOutcome([first, ...rest], exchange.language) }
  return exchange.prefer === 'minimal' || !stored.created ? headers : { ...headers, body: admitted.row.body }
}
