/** Gives the viewer's fields the names that Swagger UI leaves out, from what stands beside them. */
export function keepLabelled(viewer: HTMLElement): void {
  const label = (): void => {
    for (const field of viewer.querySelectorAll('select, textarea, input')) {
      if (field.hasAttribute('aria-label') || field.hasAttribute('aria-labelledby')) continue
      const name = nameOf(field)
      if (name !== undefined) field.setAttribute('aria-label', name)
    }
    for (const table of viewer.querySelectorAll('.table-container, pre')) {
      if (!table.hasAttribute('tabindex')) table.setAttribute('tabindex', '0')
    }
  }
  let isDue = false
  new MutationObserver(() => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(() => {
      isDue = false
      label()
    })
  }).observe(viewer, { childList: true, subtree: true })
}

function nameOf(field: Element): string | undefined {
  if (field.id === 'servers') return 'Server'
  if (field.matches('.operation-filter-input')) return 'Filter by tag'
  const parameter = field.closest('tr[data-param-name]')?.getAttribute('data-param-name')
  if (parameter) return parameter
  if (field.matches('.body-param__text, .body-param textarea')) return 'Request body'
  const labelled = field instanceof HTMLInputElement || field instanceof HTMLSelectElement
  if (labelled && (field.labels?.length ?? 0) > 0 && field.labels?.[0]?.textContent !== '') return undefined
  if (field.closest('.body-param-content-type, .content-type-wrapper')) return 'Media type'
  if (field.closest('.examples-select')) return 'Example'
  return field.getAttribute('placeholder') ?? 'Value'
}
