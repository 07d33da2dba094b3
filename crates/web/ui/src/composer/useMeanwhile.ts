/** What came while one was writing: of the customer, or of a colleague. */
import { computed, ref, watch, type Ref } from 'vue'
import { session } from '@/api/session'
import type { Item } from './useChannel'

export function useMeanwhile(
  newest: Ref<string | null>,
  items: Ref<Item[] | undefined>,
  isWriting: Ref<boolean>,
) {
  /** The newest item that was there when the writing began, or that was looked at since. */
  const seen = ref(newest.value)

  watch([newest, isWriting], () => {
    if (!isWriting.value || !seen.value) seen.value = newest.value
  })

  const came = computed<Item[]>(() => {
    if (!isWriting.value || !seen.value || !items.value) return []
    const known = items.value.findIndex((it) => it.id === seen.value)
    const behind = known < 0 ? [] : items.value.slice(0, known)
    return behind
      .filter((it) => it.kind !== 'change' && it.kind !== 'brief' && it.kind !== 'promise')
      .filter((it) => it.author.id !== session.agent?.id)
      .reverse()
  })

  const acknowledge = () => (seen.value = items.value?.[0]?.id ?? newest.value)
  return { seen, came, acknowledge }
}
