/** Says that one is here and what one does, and tells who else is. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { putPresence, type Present, type PresenceState } from '@/api/presence'

const EVERY = 10_000

export function usePresence(ticket: string, state: Ref<PresenceState>) {
  const others = ref<Present[]>([])

  async function tell() {
    if (document.visibilityState === 'hidden') return
    try {
      others.value = (await putPresence(ticket, state.value)).others
    } catch {
      others.value = []
    }
  }

  const leave = () => void putPresence(ticket, 'gone', true).catch(() => undefined)
  const seen = () => (document.visibilityState === 'hidden' ? leave() : void tell())

  const timer = setInterval(() => void tell(), EVERY)
  addEventListener('pagehide', leave)
  document.addEventListener('visibilitychange', seen)
  watch(state, () => void tell(), { immediate: true })
  onScopeDispose(() => {
    clearInterval(timer)
    removeEventListener('pagehide', leave)
    document.removeEventListener('visibilitychange', seen)
    leave()
  })
  return { others }
}
