/** Normal, bris de glace with its motive, centre 15: what the next requests declare (`DMP-Mode-Acces`, `DMP-Motif`). */
import { filled } from '../../words.ts'
import { element, replaceContent } from '../frame/element.ts'
import { find } from '../frame/this-page.ts'
import { roleOf } from '../sandbox/cast.ts'
import { button } from '../sandbox/controls.ts'
import { normal } from '../sandbox/workbench.ts'
import type { Desk } from './desk.ts'

/** @param asked the documents are to be looked for in the new mode @returns what shows the mode anew */
export function accessMode(desk: Desk, asked: () => Promise<void>): () => void {
  const { words } = desk
  const place = find('#access', HTMLElement)
  const change = async (access: ReturnType<Desk['access']>): Promise<void> => {
    desk.setAccess(access)
    show()
    await asked()
  }
  const askMotive = glassDialog(desk, (motive) => change({ mode: 'bris_de_glace', motive }))
  const show = (): void => {
    const { mode, motive } = desk.access()
    const { emergency } = roleOf(desk.role())
    if (mode !== 'normal') {
      replaceContent(
        place,
        element(
          'div',
          { class: 'note warn mode-now' },
          element(
            'p',
            {},
            element('strong', {}, `⚠ ${filled(words.modeNow, { mode: words[mode] })}`),
            motive !== '' && ` : « ${motive} »`,
          ),
          element('p', {}, words.toldOfEmergency),
          button(words.backToNormal, () => change(normal), { id: 'normal' }),
        ),
      )
      return
    }
    replaceContent(
      place,
      emergency === 'bris_de_glace' && button(words.breakGlass, askMotive, { id: 'break' }),
      emergency === 'centre_15' &&
        button(words.call15, () => change({ mode: 'centre_15', motive: '' }), { id: 'centre15' }),
    )
  }
  return show
}

/** Asks for the motive; one that is empty is sent all the same, to see the refusal. */
function glassDialog({ words }: Desk, confirmed: (motive: string) => Promise<void>): () => void {
  const dialog = find('#glass', HTMLDialogElement)
  const field = element('textarea', {
    id: 'motive',
    rows: '3',
    maxlength: '500',
    'aria-describedby': 'motive-hint',
  })
  const go = (): Promise<void> => {
    dialog.close()
    return confirmed(field.value.trim())
  }
  replaceContent(
    dialog,
    element('h2', { id: 'glass-heading' }, words.glassHeading),
    element('p', {}, words.toldOfEmergency),
    element('div', { class: 'field wide' }, element('label', { for: 'motive' }, words.motive), field),
    element('p', { id: 'motive-hint', class: 'quiet' }, words.motiveHint),
    element(
      'div',
      { class: 'row' },
      button(words.confirmGlass, go, { class: 'primary', id: 'confirm' }),
      button(words.cancel, () => dialog.close()),
    ),
  )
  return () => {
    field.value = words.motiveExample
    dialog.showModal()
    field.select()
  }
}
