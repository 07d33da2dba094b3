/**
 * Keeps what one reads where it is while things above it grow: older pages come, mails are measured,
 * images arrive. At the bottom it stays at the bottom. Browsers do half of this, and Safari none.
 */
import { onScopeDispose, ref, watch, type Ref } from 'vue'

const NEAR = 600

export function useSteadyScroll(
  box: Ref<HTMLElement | null>,
  content: Ref<HTMLElement | null>,
  near: (edge: 'start' | 'end') => void,
) {
  let sticks = true
  let anchor: { element: Element; top: number } | null = null
  const isAway = ref(false)
  const topOf = (element: Element) => element.getBoundingClientRect().top
  const distance = (it: HTMLElement) => it.scrollHeight - it.clientHeight - it.scrollTop

  function remember(): void {
    const it = box.value
    if (!it) return
    const edge = topOf(it)
    const rows = it.querySelectorAll('[data-row]')
    const first = [...rows].find((row) => row.getBoundingClientRect().bottom > edge + 4)
    anchor = first ? { element: first, top: topOf(first) } : null
  }

  function look(): void {
    const it = box.value
    if (!it) return
    isAway.value = distance(it) > NEAR
    if (it.scrollTop < NEAR) near('start')
    if (distance(it) < NEAR) near('end')
  }

  function onScroll(): void {
    const it = box.value
    if (!it) return
    sticks = distance(it) < 24
    remember()
    look()
  }

  function restore(): void {
    const it = box.value
    if (!it) return
    if (sticks) it.scrollTop = it.scrollHeight
    else if (anchor?.element.isConnected) it.scrollTop += topOf(anchor.element) - anchor.top
    remember()
  }

  // What one opens grows downwards from where one has clicked.
  function onClick(event: Event): void {
    const row = (event.target as Element).closest('[data-row]')
    if (!row) return
    sticks = false
    anchor = { element: row, top: topOf(row) }
  }

  const sizes = new ResizeObserver(restore)
  watch([box, content], ([now, inner], [before]) => {
    before?.removeEventListener('scroll', onScroll)
    before?.removeEventListener('click', onClick, true)
    sizes.disconnect()
    now?.addEventListener('scroll', onScroll, { passive: true })
    now?.addEventListener('click', onClick, true)
    if (now) sizes.observe(now)
    if (inner) sizes.observe(inner)
  })
  onScopeDispose(() => sizes.disconnect())

  return {
    isAway,
    restore,
    look,
    release: () => (sticks = false),
    stick: () => {
      sticks = true
      restore()
    },
    to: (element: Element) => {
      sticks = false
      element.scrollIntoView({ block: 'center' })
      remember()
    },
  }
}
