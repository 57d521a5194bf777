/**
 * Completion for bash 4 and later: one function, all words in it; it starts no process.
 * @see https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
 */
import type { CommandTable } from '../command-table.ts'
import { type Completable, completables, firstWords, secondWords } from './completable.ts'

export function bashCompletion(tables: readonly CommandTable[]): string {
  const commands = completables(tables)
  const first = firstWords(commands)
    .map(({ name }) => name)
    .join(' ')
  return `# Completes dmp in bash. Made by: dmp completion bash
_dmp() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local -a said=()
  local i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == --no-color ]] || said+=("\${COMP_WORDS[i]}")
  done
  if [[ \${said[0]} == help ]]; then said=("\${said[@]:1}"); fi
  if ((\${#said[@]} == 0)); then
    COMPREPLY=($(compgen -W '${first} --help --version --no-color' -- "$word"))
    return
  fi
  case "\${said[0]}" in
${[...secondWords(commands)].map(([word, seconds]) => secondCase(word, seconds)).join('\n')}
  esac
  local command=\${said[0]}
  case "\${said[0]} \${said[1]}" in
${commands
  .filter(({ name }) => name.includes(' '))
  .map(({ name }) => `    '${name}') command='${name}' ;;`)
  .join('\n')}
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
complete -F _dmp dmp`
}

function secondCase(word: string, seconds: readonly { readonly name: string }[]): string {
  return `    ${word})
      if ((\${#said[@]} == 1)); then
        COMPREPLY=($(compgen -W '${seconds.map(({ name }) => name).join(' ')} --help' -- "$word"))
        return
      fi ;;`
}

function commandCase({ name, options, words }: Completable): string {
  const values = options.flatMap(({ name: option, takes }) =>
    takes === undefined ? [] : [`        --${option}) ${reply(takes)}; return ;;`],
  )
  return `    '${name}')
      case "$before" in
${values.join('\n')}
      esac
      if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W '${options.map((option) => `--${option.name}`).join(' ')}' -- "$word"))
        return
      fi
      ${words === undefined ? `COMPREPLY=($(compgen -W '${options.map((option) => `--${option.name}`).join(' ')}' -- "$word"))` : reply(words)} ;;`
}

function reply(takes: readonly string[] | 'file' | 'folder' | 'method' | 'anything'): string {
  if (takes === 'anything' || takes === 'method') return 'COMPREPLY=()'
  if (takes === 'file')
    return `compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word")`
  if (takes === 'folder')
    return `compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word")`
  return `COMPREPLY=($(compgen -W '${takes.join(' ')}' -- "$word"))`
}
