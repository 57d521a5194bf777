/** In a sandbox: the viewer is given the token of whom one wants to be. */
import { apiWords } from '../../api/api-words.ts'
import { filled, inLanguage } from '../../words.ts'
import { chosenToken } from '../api/token-event.ts'
import { element } from '../frame/element.ts'
import { find, pageLanguage, serverPath } from '../frame/this-page.ts'
import { cast } from '../sandbox/cast.ts'
import { NoToken, tokenSource } from '../sandbox/tokens.ts'

/** The patient of the national example documents: fictitious. */
const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' }

const language = pageLanguage()
const words = inLanguage(apiWords, language)
const form = find('#who', HTMLFormElement)
const select = find('select', HTMLSelectElement, form)
const told = find('#told', HTMLElement)
const tokenOf = tokenSource(serverPath(''))

const roles = Object.values(cast)
select.append(...roles.map(({ name }, at) => element('option', { value: String(at) }, name[language])))
form.addEventListener('submit', (event) => {
  event.preventDefault()
  const role = roles[select.selectedIndex]
  if (!role) return
  told.textContent = words.asking
  tokenOf(role.persona(ins)).then(
    (token) => {
      document.dispatchEvent(chosenToken(token))
      told.textContent = filled(words.given, { name: role.name[language] })
    },
    (error: unknown) => {
      told.textContent = filled(words.notGiven, {
        why: error instanceof NoToken ? error.message : String(error),
      })
    },
  )
})
form.hidden = false
