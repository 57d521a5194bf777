/**
 * Completion for zsh, by `_arguments` and `_describe`.
 * @see https://zsh.sourceforge.io/Doc/Release/Completion-System.html
 */
import type { CommandTable } from '../command-table.ts'
import { type Completable, completables, firstWords, secondWords } from './completable.ts'

export function zshCompletion(tables: readonly CommandTable[]): string {
  const commands = completables(tables)
  return `#compdef dmp
# Completes dmp in zsh. Made by: dmp completion zsh
_dmp() {
  local -a first second
  local command=$words[2]
  if (( CURRENT == 2 )); then
    first=(${firstWords(commands).map(described).join(' ')})
    _describe -t commands 'command' first
    return
  fi
  case $command in
${[...secondWords(commands)]
  .map(
    ([word, seconds]) => `    ${word})
      if (( CURRENT == 3 )); then
        second=(${seconds.map(described).join(' ')})
        _describe -t commands 'command' second
        return
      fi
      command="$words[2] $words[3]"
      shift words; (( CURRENT-- )) ;;`,
  )
  .join('\n')}
  esac
  shift words; (( CURRENT-- ))
  case $command in
${commands.map(commandCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = "_dmp" ]; then _dmp "$@"; else compdef _dmp dmp; fi`
}

function described({ name, summary }: { readonly name: string; readonly summary: string }): string {
  return quoted(`${name}:${summary.replaceAll(':', '\\:')}`)
}

function commandCase({ name, options, words }: Completable): string {
  const specs = options.map(({ name: option, says, takes }) =>
    quoted(`*--${option}[${bracketed(says)}]${takes === undefined ? '' : `:value:${action(takes)}`}`),
  )
  const rest = words === undefined ? [] : [quoted(`*:word:${action(words)}`)]
  return `    ${quoted(name)})
      _arguments ${[...specs, ...rest].join(' \\\n        ')} ;;`
}

function action(takes: NonNullable<Completable['words']>): string {
  if (takes === 'file') return '_files'
  if (takes === 'folder') return '_files -/'
  return takes === 'anything' || takes === 'method' ? ' ' : `(${takes.join(' ')})`
}

function bracketed(text: string): string {
  return text.replace(/[[\]\\:]/g, (sign) => `\\${sign}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
