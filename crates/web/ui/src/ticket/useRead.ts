/** Tells the server that one has read a ticket: when it is shown, and when something came to it. */
import { onScopeDispose, watch } from 'vue'
import { markRead } from '@/api/views'

export function useRead(ticket: () => string | undefined, newest: () => string | null) {
  let due = false
  function tell() {
    const id = ticket()
    if (!due || !id || document.visibilityState === 'hidden') return
    due = false
    // What is not told now is told with what comes next.
    void markRead(id).catch(() => (due = true))
  }
  watch(
    [ticket, newest],
    ([id, item]) => {
      if (!id || !item) return
      due = true
      tell()
    },
    // Behind the change of what is shown: else the newest of the ticket before would count.
    { immediate: true, flush: 'post' },
  )
  document.addEventListener('visibilitychange', tell)
  onScopeDispose(() => document.removeEventListener('visibilitychange', tell))
}
