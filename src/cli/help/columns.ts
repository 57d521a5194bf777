/** Two columns, the second wrapped below itself. */

const LEFT = 26
const WIDTH = 100

/** @param paint the first column */
export function columns(
  rows: readonly (readonly [string, string])[],
  paint: (left: string) => string = (left) => left,
): string[] {
  const widest = Math.max(0, ...rows.map(([left]) => left.length))
  const at = Math.min(widest, LEFT) + 4
  return rows.flatMap(([left, right]) => {
    const [first = '', ...rest] = wrapped(right.replaceAll('\n', ' '), WIDTH - at)
    const below = rest.map((line) => ' '.repeat(at) + line)
    if (left.length > LEFT) return [`  ${paint(left)}`, ' '.repeat(at) + first, ...below]
    return [`  ${paint(left)}${' '.repeat(at - 2 - left.length)}${first}`, ...below]
  })
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
