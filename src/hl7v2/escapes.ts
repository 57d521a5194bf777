/**
 * Escape sequences of HL7 v2 text, both ways. Marks of layout (`\H\`, `\N\`, `\.sp\` …) are left out but for line breaks.
 * @see HL7 v2.6 §2.7
 *
 * Not read: locally defined sequences (`\Z..\`) and changes of character set (`\C..\`, `\M..\`): they are left out.
 */
export type Separators = {
  readonly field: string
  readonly component: string
  readonly repetition: string
  readonly escape: string
  readonly subcomponent: string
}

/** @param decode the bytes of `\X…\`, in the message's character set */
export function unescapeText(
  text: string,
  separators: Separators,
  decode: (bytes: Uint8Array) => string | undefined,
): string {
  const { escape: mark } = separators
  if (!text.includes(mark)) return text
  const letters: ReadonlyMap<string, string> = new Map([
    ['F', separators.field],
    ['S', separators.component],
    ['T', separators.subcomponent],
    ['R', separators.repetition],
    ['E', mark],
    ['.br', '\n'],
  ])
  let plain = ''
  let from = 0
  for (;;) {
    const open = text.indexOf(mark, from)
    const close = open < 0 ? -1 : text.indexOf(mark, open + 1)
    // An escape that is not closed is a letter like any other.
    if (close < 0) return plain + text.slice(from)
    const sequence = text.slice(open + 1, close)
    plain += text.slice(from, open) + (letters.get(sequence) ?? hexadecimal(sequence, decode))
    from = close + 1
  }
}

/** @param text of one component */
export function escapeText(text: string, separators: Separators): string {
  const { field, component, repetition, escape: mark, subcomponent } = separators
  const sequences: Readonly<Record<string, string>> = {
    [field]: 'F',
    [component]: 'S',
    [repetition]: 'R',
    [subcomponent]: 'T',
    [mark]: 'E',
    '\r': '.br',
    '\n': '.br',
  }
  return [...text.replace(/\r\n/g, '\n')]
    .map((letter) => {
      const sequence = sequences[letter]
      return sequence === undefined ? letter : mark + sequence + mark
    })
    .join('')
}

function hexadecimal(sequence: string, decode: (bytes: Uint8Array) => string | undefined): string {
  const digits = /^X((?:[0-9A-Fa-f]{2})+)$/.exec(sequence)?.[1]
  if (digits === undefined) return ''
  const bytes = Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  )
  return decode(bytes) ?? ''
}
