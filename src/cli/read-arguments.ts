/**
 * The arguments of a command, read by its table: each value has the kind that the table says, or a fault says in French or
 * English what is wrong, and what was probably meant. Of what was written, only names of options are repeated, and nothing
 * that could be a secret or a matricule.
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap12.html (utility syntax)
 */
import { parseArgs } from 'node:util'
import { type CommandTable, commonOptions, type Input, type OptionTable } from './command-table.ts'
import { nearest } from './nearest.ts'
import type { Language } from './terminal/language.ts'
import { usageWords } from './usage-words.ts'

type Read<T extends CommandTable> =
  | { readonly input: Input<T> }
  | { readonly fault: string }
  | { readonly help: true }
type Values = Record<string, boolean | number | string | readonly string[] | undefined>
type Given = { readonly name: string; readonly text: string | undefined; readonly raw: string }

export function readArguments<T extends CommandTable>(
  table: T,
  args: readonly string[],
  language: Language,
): Read<T> {
  const options: Readonly<Record<string, OptionTable>> = { ...table.options, ...commonOptions }
  const words = usageWords[language]
  const fault = (text: string): { readonly fault: string } => ({
    fault: `${text} (dmp ${table.name} --help)`,
  })
  const { given, positionals } = split(args, options)
  if (given.some(({ name }) => name === 'help' || name === 'h')) return { help: true }
  const values: Values = {}
  for (const { name, text, raw } of given) {
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (!option) return fault(unknown(raw, options, language))
    if (option.kind === 'flag') {
      if (text !== undefined) return fault(words.takesNoValue(raw))
      values[name] = true
    } else if (text === undefined) return fault(words.lacksValue(raw))
    else {
      const read = readValue(option, text)
      if (read === undefined) return fault(words.isNot(raw, kindOf(option, language)))
      values[name] = option.kind === 'texts' ? [...listOf(values[name]), text] : read
    }
  }
  if (positionals.length > 0 && table.words === undefined) return fault(words.noArguments)
  for (const [name, option] of Object.entries(table.options)) values[name] ??= absent(option)
  // The table that made the values is the one their type is made from.
  return { input: { options: values as Input<T>['options'], words: positionals } }
}

/** As getopt_long does: `--name value`, `--name=value`, words anywhere, `--` ends options. */
function split(
  args: readonly string[],
  options: Readonly<Record<string, OptionTable>>,
): { readonly given: readonly Given[]; readonly positionals: readonly string[] } {
  const wanted = Object.entries(options).map(
    ([name, { kind }]) => [name, { type: kind === 'flag' ? 'boolean' : 'string', multiple: true }] as const,
  )
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(wanted),
    strict: false,
    tokens: true,
  })
  const given: Given[] = []
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName: raw, value, inlineValue } = token
    // What looks like an option is not the value of the one before it, unless it is written with `=`.
    const isNext = inlineValue !== true && value?.startsWith('-') === true && value !== '-'
    given.push({ name, raw, text: isNext ? undefined : value })
  }
  return { given, positionals }
}

function unknown(raw: string, options: Readonly<Record<string, OptionTable>>, language: Language): string {
  const words = usageWords[language]
  // Anything else may be a value that lost its option: it is not repeated.
  if (!/^--[a-z][a-z-]{0,24}$/.test(raw)) return words.notKnown
  const known = Object.keys(options).filter((name) => options[name]?.hidden === undefined)
  const meant = nearest(raw.slice(2), known)
  return `${words.optionNotKnown(raw)}${meant === undefined ? '' : words.meant(`--${meant}`)}`
}

function readValue(option: OptionTable, text: string): string | number | undefined {
  if (option.kind === 'choice') return option.of.find((one) => one === text)
  if (option.kind !== 'whole') return text
  const number = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return number >= option.least && number <= option.most ? number : undefined
}

function kindOf(option: OptionTable, language: Language): string {
  const words = usageWords[language]
  if (option.kind === 'whole') return words.whole(option.least, option.most)
  return option.kind === 'choice' ? words.oneOf(option.of) : ''
}

function absent(option: OptionTable): Values[string] {
  if (option.kind === 'flag') return false
  return option.kind === 'texts' ? [] : option.usual
}

function listOf(value: Values[string]): readonly string[] {
  return Array.isArray(value) ? value : []
}
