/**
 * Single keys that work on every keyboard. A Persian R gives "ق" and a Turkish I "ı": where the
 * character is not ASCII, the place of the key counts. Nothing is bound to Alt or Ctrl+Alt: that is
 * AltGr on Windows, which types @ and # in Turkey.
 */
import { onScopeDispose } from 'vue'

export interface Shortcut {
  /** "r", "mod+k", "shift+?" is written "?". */
  keys: string
  run: () => void
  /** Also while a text is being written. */
  inInput?: boolean
}

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey'>

export function keyOf(event: Pressed): string {
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : ''
  if (event.key.length > 1) return mod + event.key
  const ascii = /[\x20-\x7e]/.test(event.key)
  const placed = /^Key([A-Z])$/.exec(event.code)?.[1]
  return mod + (ascii || !placed ? event.key : placed).toLowerCase()
}

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** A hint of the tour speaks of keys: they work while it is shown. */
const IN_FRONT = '[role=dialog]:not([data-hint]), [role=alertdialog], [role=menu]'
const groups: (() => Shortcut[])[] = []

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing) return
  const pressed = keyOf(event)
  const busy = isWriting(event.target) || document.querySelector(IN_FRONT)
  // Who came last is in front: a dialog's shortcuts before those of the page below it.
  for (const group of groups.toReversed()) {
    const found = group().find((it) => it.keys === pressed && (it.inInput || !busy))
    if (!found) continue
    event.preventDefault()
    found.run()
    return
  }
}
document.addEventListener('keydown', handleKey)

/** Binds shortcuts for as long as the component is there. */
export function useShortcuts(shortcuts: () => Shortcut[]): void {
  groups.push(shortcuts)
  onScopeDispose(() => groups.splice(groups.indexOf(shortcuts), 1))
}
