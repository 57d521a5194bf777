/**
 * What a page of docs/ shows in fences. A block whose info string says `run` is a command that a test executes as it
 * stands; the block `text output` behind it is what it prints.
 */
export type ShownBlock = {
  readonly line: number
  /** `bash`, `js`, `json` … */
  readonly language: string
  /** The other words of the info string. */
  readonly words: readonly string[]
  readonly text: string
}

export type ShownCommand = ShownBlock & { readonly exit: number; readonly output: ShownBlock | undefined }

export function blocksOf(page: string): ShownBlock[] {
  const blocks: ShownBlock[] = []
  let open: { line: number; language: string; words: string[]; lines: string[] } | undefined
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line)
    if (fence === null) open?.lines.push(line)
    else if (open) {
      const { lines, ...head } = open
      blocks.push({ ...head, text: lines.join('\n') })
      open = undefined
    } else {
      const [language = '', ...words] = (fence[1] ?? '').trim().split(/\s+/)
      open = { line: index + 1, language, words, lines: [] }
    }
  }
  if (open) throw new Error(`the block of line ${open.line} is never closed`)
  return blocks
}

/** The commands of a page that are to be run, in order. */
export function commandsOf(page: string): ShownCommand[] {
  const blocks = blocksOf(page)
  return blocks.flatMap((block, index) => {
    if (block.language !== 'bash' || !block.words.includes('run')) return []
    const next = blocks[index + 1]
    const exit = block.words.map((word) => /^exit=(\d+)$/.exec(word)?.[1]).find((code) => code !== undefined)
    return [
      {
        ...block,
        exit: Number(exit ?? 0),
        output: next?.language === 'text' && next.words.includes('output') ? next : undefined,
      },
    ]
  })
}

/** Whether it is something to be typed: said so, or not said and begun like one. */
export function isCommand({ language, text }: ShownBlock): boolean {
  if (language === '') return /^(?:\$ |(?:[A-Z_]+=\S* )*(?:npm|npx|node|dmp|curl|docker) )/.test(text)
  return language === 'bash' || language === 'sh'
}

/** Programs that a page shows and its commands run: a block with `file=name` in its info string. */
export function filesOf(page: string): { readonly name: string; readonly text: string }[] {
  return blocksOf(page).flatMap(({ words, text }) => {
    const name = words.map((word) => /^file=([\w.-]+)$/.exec(word)?.[1]).find((found) => found !== undefined)
    return name === undefined ? [] : [{ name, text }]
  })
}

/**
 * The first line of `shown` that `printed` does not have in its place, or undefined. `…` stands for anything within a
 * line; a line of `…` alone for any number of lines. Space at the ends of lines does not count.
 */
export function firstDifference(shown: string, printed: string): string | undefined {
  const wanted = shown.split('\n').map((line) => line.trimEnd())
  const got = printed
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => line.trimEnd())
  const furthest = { at: 0 }
  if (agree(wanted, got, 0, 0, furthest)) return undefined
  return wanted[furthest.at] ?? `nothing more, but there is: ${got.slice(0, 40).join('\n')}`
}

function agree(
  wanted: readonly string[],
  got: readonly string[],
  i: number,
  j: number,
  furthest: { at: number },
): boolean {
  furthest.at = Math.max(furthest.at, i)
  const line = wanted[i]
  if (line === undefined) return j === got.length
  if (line.trim() === '…') {
    for (let next = j; next <= got.length; next++) if (agree(wanted, got, i + 1, next, furthest)) return true
    return false
  }
  const there = got[j]
  return there !== undefined && isLike(line, there) && agree(wanted, got, i + 1, j + 1, furthest)
}

function isLike(pattern: string, line: string): boolean {
  const parts = pattern.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'u').test(line)
}
