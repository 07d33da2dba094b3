/** Says that one is here and what one does, and tells who else is. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { putPresence, type Present, type PresenceState } from '@/api/presence'
import { isUnknownRoute } from '@/api/untyped'

const EVERY = 10_000

export function usePresence(ticket: string, state: Ref<PresenceState>) {
  const others = ref<Present[]>([])
  let isOff = false

  async function tell() {
    if (isOff || document.visibilityState === 'hidden') return
    try {
      others.value = (await putPresence(ticket, state.value)).others
    } catch (error) {
      others.value = []
      if (isUnknownRoute(error)) isOff = true
    }
  }

  function leave() {
    if (!isOff) void putPresence(ticket, 'gone', true).catch(() => undefined)
  }
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
