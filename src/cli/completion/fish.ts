/**
 * Completion for fish: one line for each word and option.
 * @see https://fishshell.com/docs/current/cmds/complete.html
 */
import type { CommandTable } from '../command-table.ts'
import { type Completable, completables, firstWords, secondWords } from './completable.ts'

export function fishCompletion(tables: readonly CommandTable[]): string {
  const commands = completables(tables)
  const lines = [
    ...firstWords(commands).map(({ name, summary }) =>
      line('__fish_use_subcommand', `-a ${name} -d ${quoted(summary)}`),
    ),
    ...[...secondWords(commands)].flatMap(([word, seconds]) =>
      seconds.map(({ name, summary }) =>
        line(
          `__fish_seen_subcommand_from ${word}; and not __fish_seen_subcommand_from ${seconds.map((other) => other.name).join(' ')}`,
          `-a ${name} -d ${quoted(summary)}`,
        ),
      ),
    ),
    ...commands.flatMap(linesOf),
  ]
  return ['# Completes dmp in fish. Made by: dmp completion fish', 'complete -c dmp -f', ...lines].join('\n')
}

function linesOf({ name, options, words }: Completable): string[] {
  // `purge` is a command, and the second word of another.
  const [first = name, second] = name.split(' ')
  const condition =
    second === undefined
      ? `test (count (commandline -opc)) -ge 2; and test (commandline -opc)[2] = ${first}`
      : `test (count (commandline -opc)) -ge 3; and test (commandline -opc)[2] = ${first}; and test (commandline -opc)[3] = ${second}`
  return [
    ...options.map(({ name: option, says, takes }) =>
      line(condition, `-l ${option} -d ${quoted(says)}${taking(takes)}`),
    ),
    ...(words === 'file' || words === 'folder' ? [line(condition, '-F')] : []),
    ...(Array.isArray(words) ? [line(condition, `-a ${quoted(words.join(' '))}`)] : []),
  ]
}

function taking(takes: Completable['words']): string {
  if (takes === undefined) return ''
  if (takes === 'file') return ' -r -F'
  if (takes === 'folder') return " -x -a '(__fish_complete_directories)'"
  return takes === 'anything' || takes === 'method' ? ' -x' : ` -x -a ${quoted(takes.join(' '))}`
}

function line(condition: string, rest: string): string {
  return `complete -c dmp -n ${quoted(condition)} ${rest}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
