/** Short messages at the edge of the screen; read out by screen readers. */
import { reactive } from 'vue'

export interface Toast {
  id: number
  tone: 'plain' | 'good' | 'bad'
  text: string
  action?: { label: string; run: () => void }
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
