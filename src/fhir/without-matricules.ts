/**
 * A text as traces, answers and logs may hold it: whatever has the form of a matricule is blotted out, wherever a client put
 * it (I4, T5). The form alone is looked at, not the key: a mistyped matricule is a person's too.
 */

/** In one piece, perhaps behind a word: `255069923100174`, `INS255069923100174`. */
const matricule = /(?<![0-9A-Za-z])([A-Za-z]{0,12})[1-8]\d{4}(?:\d{2}|2[ABab])\d{6}(?:\d{2})?(?![0-9A-Za-z])/g
/** In groups, as people write it: `2 55 06 99 231 001 74`. Behind a letter it may be the end of a UUID. */
const groupedMatricule =
  /(?<![0-9A-Za-z])[1-8](?:[\s.-]?\d{2}){2}[\s.-]?(?:\d{2}|2[ABab])(?:[\s.-]?\d{3}){2}(?:[\s.-]?\d{2})?(?![0-9A-Za-z])/g
const BLOT = '***'

/** What a client encoded twice, as `%257C` for `|`, and its proxy once more. */
const MOST_DECODED = 3

/** @param query percent-encoded: looked at as it reads when it is decoded */
export function withoutMatricules(query: string): string {
  return query
    .split(/([&=])/)
    .map(withoutEncoded)
    .join('')
}

export function withoutMatriculesInText(text: string): string {
  return text.replace(matricule, `$1${BLOT}`).replace(groupedMatricule, BLOT)
}

function withoutEncoded(part: string): string {
  if (!/\d/.test(part)) return part
  let text = part
  let blotted = false
  for (let times = 0; times <= MOST_DECODED; times++) {
    const without = withoutMatriculesInText(text)
    blotted ||= without !== text
    text = decodedOf(without)
    if (text === without) break
  }
  return blotted ? encodeURIComponent(text) : part
}

/** What cannot be decoded as a whole is decoded where it can be. */
function decodedOf(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      return encoded
    }
  })
}
