/**
 * Who works by keys is never left nowhere. When what had the focus goes, as a tag that is taken off,
 * a notice that is closed or a page that is left, the focus goes to what is nearest to its place.
 */
import { onScopeDispose } from 'vue'

/** No text fields: on a phone they would bring up its keyboard. */
const CONTROLS = 'a[href], button:not(:disabled), [tabindex="0"]'
/** What is in front takes care of the focus itself. */
const IN_FRONT = '[role=dialog], [role=alertdialog], [role=menu]'
/** What had the focus last, and all around it. */
let around: Element[] = []

const isShown = (it: Element): boolean => it.isConnected && it.getClientRects().length > 0

export function holdFocus(): void {
  const main = document.getElementById('main')
  if (!main || document.activeElement !== document.body) return
  const [last, ...outer] = around
  // It lost the focus by a click beside it, which is meant.
  if (last && isShown(last) && !last.matches(':disabled')) return
  if (document.querySelector(IN_FRONT)) return
  for (const it of outer) {
    if (it === main || !it.isConnected || !main.contains(it)) continue
    const next = [...it.querySelectorAll<HTMLElement>(CONTROLS)].find(isShown)
    if (next) return next.focus({ preventScroll: true })
  }
  main.focus({ preventScroll: true })
}

function came(event: FocusEvent) {
  around = []
  for (let it = event.target as Element | null; it; it = it.parentElement) around.push(it)
}
/** Later: a dialog or menu that closes gives the focus back first. */
const soon = () => void setTimeout(holdFocus, 50)
const went = (event: FocusEvent) => event.relatedTarget ?? soon()

/** To be called where all pages have the same frame; the answer is for after a change of the page. */
export function useFocusHold(): () => void {
  document.addEventListener('focusin', came)
  document.addEventListener('focusout', went)
  onScopeDispose(() => {
    document.removeEventListener('focusin', came)
    document.removeEventListener('focusout', went)
  })
  return soon
}
