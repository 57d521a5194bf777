/**
 * Which lists of a record a scope shows (rule V7). A submission set: when every document it names is seen, and of each
 * folder it names something. A folder: when one of its documents is seen; what it holds is told by what is seen of it.
 * The one rule for reading a list, searching lists, and including them.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import { type Sql, sql } from '../sql.ts'
import { documentCondition } from './document-condition.ts'

/** `seen`: the documents that the scope shows, once for the whole statement. Goes before `select`. */
export function withSeen(patientKey: Uuid, scope: DocumentScope): Sql {
  return sql`with seen as materialized (
      select d.id from document d where d.patient_key = ${patientKey}::uuid and ${documentCondition(scope)})`
}

/** On `document_list l`, in a statement that begins with `withSeen`. */
export const listCondition: Sql = sql`case when l.folder then ${somethingSeen(sql`l.id`)}
    else cardinality(l.documents) + cardinality(l.folders) > 0
      -- Most sets name one document: a look into a hash, and no function.
      and case when cardinality(l.documents) = 1 then l.documents[1] in (select s.id from seen s)
        else not exists (select from unnest(l.documents) as n(id) where n.id not in (select s.id from seen s)) end
      and (cardinality(l.folders) = 0
        or not exists (select from unnest(l.folders) as f(id) where not ${somethingSeen(sql`f.id`)})) end`

function somethingSeen(folder: Sql): Sql {
  return sql`exists (select from folder_item i
      where i.patient_key = l.patient_key and i.folder = ${folder} and i.document in (select s.id from seen s))`
}

/** That a list names one of these documents, as far as it is seen. */
export function namesAny(documents: readonly Uuid[]): Sql {
  return sql`(l.documents && ${documents}::uuid[] or (l.folder and exists (select from folder_item i
      where i.patient_key = l.patient_key and i.folder = l.id and i.document = any (${documents}::uuid[])
        and i.document in (select s.id from seen s))))`
}
