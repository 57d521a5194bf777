/** The help of one command, written from its table. */
import { type CommandTable, commonOptions, type OptionTable } from '../command-table.ts'
import type { Paint } from '../terminal/paint.ts'
import { columns } from './columns.ts'
import { exitMeanings } from './exit-meanings.ts'

export function commandHelp(table: CommandTable, paint: Paint): string {
  const { about, examples, more, variables } = table
  return [
    ...usageLines(table, paint),
    '',
    ...about.split('\n').map((line) => `  ${line}`),
    ...section('Options', optionRows(table), paint),
    ...section('Environment', Object.entries(variables), paint),
    ...(examples.length === 0
      ? []
      : [
          '',
          paint('bold', 'Examples'),
          ...examples.flatMap(({ line, says }) => [
            `  ${paint('dim', `# ${says}`)}`,
            `  ${paint('cyan', line)}`,
          ]),
        ]),
    ...section('Exit codes', exitRows(table), paint),
    '',
    `More: ${more}`,
  ].join('\n')
}

function usageLines({ name, words, options }: CommandTable, paint: Paint): string[] {
  const hasOptions = Object.values(options).some(({ hidden }) => hidden === undefined)
  const parts = [`dmp ${name}`, ...(hasOptions ? ['[options]'] : []), ...(words ? [words.told] : [])]
  return [`${paint('bold', 'usage:')} ${parts.join(' ')}`]
}

function section(title: string, rows: readonly (readonly [string, string])[], paint: Paint): string[] {
  if (rows.length === 0) return []
  return ['', paint('bold', title), ...columns(rows, (left) => paint('green', left))]
}

function optionRows({ options }: CommandTable): [string, string][] {
  return Object.entries<OptionTable>({ ...options, ...commonOptions })
    .filter(([, { hidden }]) => hidden === undefined)
    .map(([name, option]) => [`--${name}${shownValue(option)}`, toldOf(option)])
}

function shownValue(option: OptionTable): string {
  if (option.kind === 'flag') return ''
  return ` ${option.kind === 'choice' ? option.of.join('|') : option.value}`
}

/** What it says, its bounds, what holds where it is not given. */
function toldOf(option: OptionTable): string {
  const { says } = option
  const facts = [
    ...(option.kind === 'whole' ? [`${option.least} to ${option.most}`] : []),
    ...('usual' in option && option.usual !== undefined ? [`${option.usual} unless said`] : []),
    ...('variable' in option && option.variable !== undefined ? [`${option.variable} unless said`] : []),
  ]
  return facts.length === 0 ? says : `${says}; ${facts.join(', ')}`
}

function exitRows({ ends }: CommandTable): [string, string][] {
  return exitMeanings(ends).map(([code, says]) => [String(code), says])
}
