/** What a search finds an appointment by, and what tells whose it is: who put it in. */
import type { ActorId } from '../../../policy/facts.ts'
import { type RecordCriterion, recordTerm } from '../../../storage/records/search-record.ts'
import type { AppointmentForm } from './appointment-form.ts'

const TYPE = 'Appointment'

export function appointmentTerms({ name, status, actors }: AppointmentForm, author: ActorId): string[] {
  return [
    recordTerm(TYPE, 'author', author),
    recordTerm(TYPE, 'status', status),
    recordTerm(TYPE, 'identifier', name),
    recordTerm(TYPE, 'identifier', name.slice(name.indexOf('|') + 1)),
    ...actors.map((actor) => recordTerm(TYPE, 'actor', actor)),
  ]
}

export function writtenBy(authors: readonly string[]): RecordCriterion {
  return { kind: 'terms', not: false, terms: authors.map((author) => recordTerm(TYPE, 'author', author)) }
}

/** Under which name a record knows what an author puts in: two authors may use one identifier, and learn nothing by it. */
export function nameOf(author: ActorId, { name }: Pick<AppointmentForm, 'name'>): string {
  return `${author} ${name}`
}
