/**
 * A form whose fields choose what a page shows. What is chosen stands in the address, behind `#`, so that a view can be
 * kept, sent and gone back to; it never reaches the server. Without this script the form is not shown.
 */
export type Chosen = Readonly<Record<string, string>>

/** @param show is told what is chosen, at once and at each change; what is empty is not chosen */
export function filters(form: HTMLFormElement, show: (chosen: Chosen) => void): void {
  const fields = [...form.elements].filter(isField)
  const adopt = (): void => {
    const wanted = new URLSearchParams(location.hash.slice(1))
    for (const field of fields) {
      field.value = wanted.get(field.name) ?? ''
      // A value that a list does not have leaves it without any.
      if (field instanceof HTMLSelectElement && field.selectedIndex < 0) field.value = ''
    }
    show(chosenIn(fields))
  }
  form.addEventListener('input', () => {
    const chosen = chosenIn(fields)
    const fragment = new URLSearchParams(chosen).toString()
    history.replaceState(null, '', fragment === '' ? location.pathname + location.search : `#${fragment}`)
    show(chosen)
  })
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('reset', (event) => {
    event.preventDefault()
    for (const field of fields) field.value = ''
    form.dispatchEvent(new Event('input'))
  })
  addEventListener('hashchange', adopt)
  form.hidden = false
  adopt()
}

type Field = HTMLInputElement | HTMLSelectElement

function isField(element: Element): element is Field {
  const isInput = element instanceof HTMLInputElement || element instanceof HTMLSelectElement
  return isInput && element.name !== ''
}

function chosenIn(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(
    fields.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]),
  )
}

/** Without accents and capitals, so that `synthese` finds `Synthèse`. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('’', "'").toLowerCase()
}
