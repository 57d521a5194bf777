/** A point in time as HL7 v3 writes it (`20260918103000+0200`) → words. What is of another form is shown as it stands. */
import type { Language } from '../../words.ts'

const form = /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\d{2})(\d{2})?(?:\.\d+)?)?)?)?([+-]\d{4})?$/

export function timeWords(text: string, language: Language): string {
  const [, year, month, day, hours, minutes] = form.exec(text) ?? []
  if (year === undefined) return text
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB'
  // As it was written, where it was written: no zone is applied.
  const date = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)))
  if (Number.isNaN(date.getTime())) return text
  const words = new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    year: 'numeric',
    ...(month === undefined ? {} : { month: 'long' }),
    ...(day === undefined ? {} : { day: 'numeric' }),
  }).format(date)
  if (hours === undefined) return words
  return language === 'fr' ? `${words} à ${hours} h ${minutes}` : `${words}, ${hours}:${minutes}`
}
