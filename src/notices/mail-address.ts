/**
 * The mail address of a patient: a ContactPoint of the Patient that the record was opened with. It is put into an SMTP
 * dialogue and a header, so nothing but a plain address will do: one, ASCII, without quotes, comments or line ends.
 * @see https://hl7.org/fhir/R4/datatypes.html#ContactPoint; RFC 5321 §4.1.2
 *
 * NOT checked: that mail arrives there, or that the patient reads it. Addresses in other scripts are not used.
 */
import type { ContactPoint, Patient } from '@medplum/fhirtypes'

const ADDRESS =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i
const MAX_LOCAL = 64
const MAX_ADDRESS = 254

export function isMailAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS && text.lastIndexOf('@') <= MAX_LOCAL && ADDRESS.test(text)
}

/** @param patient as stored @param now milliseconds since 1970 @returns the preferred one that is in use */
export function mailAddress(patient: string, now: number): string | undefined {
  // What is stored was validated when it was written: it is a Patient.
  const { telecom = [] } = JSON.parse(patient) as Pick<Patient, 'telecom'>
  const [first] = telecom
    .filter((contact) => contact.system === 'email' && contact.use !== 'old' && isInForce(contact, now))
    .map(({ value = '', rank }) => ({ address: value.trim().replace(/^mailto:/i, ''), rank }))
    .filter(({ address }) => isMailAddress(address))
    .sort((a, b) => (a.rank ?? Number.MAX_SAFE_INTEGER) - (b.rank ?? Number.MAX_SAFE_INTEGER))
  return first?.address
}

/** A time that cannot be read ends nothing. A day, month or year ends when it is over. */
function isInForce({ period }: ContactPoint, now: number): boolean {
  const [begins, ends] = [Date.parse(period?.start ?? ''), endOf(period?.end ?? '')]
  return !(begins > now) && !(ends <= now)
}

function endOf(text: string): number {
  const [, year = '', month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text) ?? []
  if (year === '') return Date.parse(text)
  if (month === undefined) return Date.UTC(Number(year) + 1, 0)
  return day === undefined
    ? Date.UTC(Number(year), Number(month))
    : Date.UTC(Number(year), Number(month) - 1, Number(day) + 1)
}
