/** Short messages at the edge of the screen; read out by screen readers. */
import { reactive } from 'vue'

export interface Toast {
  id: number
  tone: 'plain' | 'good' | 'bad'
  text: string
  /** What `undoes` is also done by Ctrl+Z. */
  action?: { label: string; run: () => void; undoes?: true }
  /** Milliseconds until it goes; null stays until it is closed. */
  life: number | null
  /** A count of the seconds until this time is shown: until then something can be undone. */
  until?: number
}

export const toasts = reactive<Toast[]>([])
let last = 0

export function toast(text: string, more: Partial<Omit<Toast, 'id' | 'text'>> = {}): number {
  const made: Toast = {
    id: ++last,
    tone: 'plain',
    life: more.action ? 10_000 : 5000,
    ...more,
    text,
  }
  toasts.push(made)
  if (made.life !== null) setTimeout(() => dismiss(made.id), made.life)
  return made.id
}

export function dismiss(id: number): void {
  const at = toasts.findIndex((it) => it.id === id)
  if (at >= 0) toasts.splice(at, 1)
}

const FIELD = 'textarea, input:not([type=checkbox],[type=radio])'
const hasWords = (at: Element | null): boolean =>
  at instanceof HTMLElement &&
  (at.isContentEditable || (at.matches(FIELD) && (at as HTMLInputElement).value !== ''))

/** The newest that can be taken back. */
export const lastUndo = (): Toast | undefined => toasts.findLast((it) => it.action?.undoes)

/** The same, for Ctrl+Z: words that are being written, and dialogs, keep it for themselves. */
export function undoByKey(): Toast | undefined {
  const at = document.activeElement
  if (hasWords(at) || at?.closest('[role=dialog],[role=alertdialog]')) return undefined
  return lastUndo()
}
