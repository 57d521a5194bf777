/** What a shell may complete, read from the tables: options that are told, what each takes, and what stands behind them. */
import { type CommandTable, commonOptions, type Fills, type OptionTable } from '../command-table.ts'

export type Completable = {
  /** `audit verify`. */
  readonly name: string
  readonly summary: string
  readonly options: readonly {
    readonly name: string
    readonly says: string
    /** Undefined: a flag, nothing follows. */
    readonly takes: readonly string[] | Fills | 'anything' | undefined
  }[]
  readonly words: readonly string[] | Fills | 'anything' | undefined
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export function completables(tables: readonly CommandTable[]): readonly Completable[] {
  return tables.map(({ name, summary, words, options }) => ({
    name,
    summary,
    options: Object.entries<OptionTable>({ ...options, ...commonOptions })
      .filter(([, { hidden }]) => hidden === undefined)
      .map(([option, table]) => ({ name: option, says: firstPart(table.says), takes: takenBy(table) })),
    words: words && wordsOf(words),
  }))
}

/** The first word of `dmp …`: commands, the first halves of those of two words, and help. */
export function firstWords(commands: readonly Completable[]): readonly { name: string; summary: string }[] {
  const seen = new Map<string, string>()
  for (const { name, summary } of commands) {
    const [word = name, second] = name.split(' ')
    const others = commands.filter((other) => other.name.startsWith(`${word} `))
    seen.set(word, second === undefined ? summary : others.map((other) => other.name).join(', '))
  }
  return [...seen, ['help', 'of a command'] as const].map(([name, summary]) => ({ name, summary }))
}

/** The second words that may follow a first. */
export function secondWords(
  commands: readonly Completable[],
): ReadonlyMap<string, readonly { readonly name: string; readonly summary: string }[]> {
  const found = new Map<string, { name: string; summary: string }[]>()
  for (const { name, summary } of commands) {
    const [word = name, second] = name.split(' ')
    if (second !== undefined) found.set(word, [...(found.get(word) ?? []), { name: second, summary }])
  }
  return found
}

function takenBy(option: OptionTable): Completable['options'][number]['takes'] {
  if (option.kind === 'flag') return undefined
  if (option.kind === 'choice') return option.of
  return option.fills === 'method' ? methods : (option.fills ?? 'anything')
}

function wordsOf({ told, fills }: NonNullable<CommandTable['words']>): Completable['words'] {
  if (fills === 'method') return methods
  const choices = /^<([a-z]+(?: \| [a-z]+)+)>$/.exec(told)?.[1]?.split(' | ')
  return choices ?? fills ?? 'anything'
}

function firstPart(says: string): string {
  return says.split(/[;:\n]/)[0] ?? says
}
