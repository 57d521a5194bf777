/** The words a document is found by (`mots`): its titles and its description, folded. */
import { fold } from '../../fhir/fold.ts'
import { isJsonObject, type JsonObject } from '../../fhir/json.ts'

/** Longer ones are found by their beginning: PostgreSQL bounds what one full text may hold. */
const MAX_CHARACTERS = 20_000

export function documentWords({ description, content }: JsonObject): string {
  const titles = (Array.isArray(content) ? content : []).map((item) =>
    isJsonObject(item) && isJsonObject(item.attachment) ? item.attachment.title : undefined,
  )
  const texts = [...titles, description].filter((text) => typeof text === 'string')
  return fold(texts.join(' ').slice(0, MAX_CHARACTERS))
}
