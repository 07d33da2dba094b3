/**
 * Reads a timeline in both directions from where one begins. Live events read the newest page and the
 * one item that they are about, never the whole again: a history may have 50,000 items.
 */
import { useQuery } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { api, good } from '@/api/client'
import { onLive } from '@/api/live'
import { isItem, type Item } from './entries'
import { isFiltered, queryOf, type Filters } from './filters'
import {
  beginningKey,
  beginningOf,
  FIRST,
  foreseen,
  readBeginning,
  type Beginning,
} from './foreseen'
import {
  entriesOf,
  pageOf,
  withItem,
  withNewer,
  withNewest,
  withOlder,
  type TimelinePage,
} from './pages'

const NEXT = 60

export type Place = Beginning | 'oldest'

export function useTimeline(customer: Ref<string>, filters: Ref<Filters>) {
  const pages = shallowRef<TimelinePage[]>([])
  /** How often something new has come at the end, while one looked. */
  const arrived = ref(0)
  const busy = ref<'start' | 'older' | 'newer' | null>('start')
  const failure = shallowRef<unknown>(null)
  /** Where one stands was asked for last; answers to earlier questions are dropped. */
  let asked = 0

  const newestOf = computed(() => beginningKey(customer.value, filters.value))

  const read = async (more: { limit?: number; at?: string; cursor?: string; order?: 'asc' }) => {
    const answer = await good(
      api.GET('/api/v1/customers/{id}/timeline', {
        params: {
          path: { id: customer.value },
          query: { limit: NEXT, ...queryOf(filters.value), ...more },
        },
      }),
    )
    return more.order === 'asc' ? asAscending(answer) : pageOf(answer)
  }

  const readFirst = (place: Place) =>
    place === 'oldest'
      ? read({ limit: FIRST, order: 'asc' })
      : beginningOf(customer.value, filters.value, place)

  async function start(place: Place): Promise<void> {
    const turn = ++asked
    failure.value = null
    const known = place !== 'oldest' && foreseen(customer.value, filters.value, place)
    if (known) pages.value = [known]
    busy.value = known ? null : 'start'
    if (known && place === 'newest') return
    try {
      const first = known || (await readFirst(place))
      if (turn !== asked) return
      pages.value = [first]
      if (first.newer && place !== 'newest') {
        busy.value = 'newer'
        const newer = await read({ cursor: first.newer })
        if (turn === asked) pages.value = withNewer(pages.value, newer)
      }
    } catch (error) {
      if (turn === asked) failure.value = error
    } finally {
      if (turn === asked) busy.value = null
    }
  }

  async function go(way: 'older' | 'newer'): Promise<boolean> {
    const cursor = way === 'older' ? pages.value[0]?.older : pages.value.at(-1)?.newer
    if (!cursor || busy.value) return false
    const turn = asked
    busy.value = way
    try {
      const page = await read({ cursor })
      if (turn !== asked) return false
      pages.value = (way === 'older' ? withOlder : withNewer)(pages.value, page)
      failure.value = null
      return true
    } catch (error) {
      if (turn === asked) failure.value = error
      return false
    } finally {
      if (turn === asked) busy.value = null
    }
  }

  const hasOlder = computed(() => Boolean(pages.value[0]?.older))
  const hasNewer = computed(() => Boolean(pages.value.at(-1)?.newer))
  const entries = computed(() => entriesOf(pages.value))

  // By this key events say that the timeline has changed; the answer joins what is shown.
  const newest = useQuery({
    queryKey: newestOf,
    enabled: computed(() => pages.value.length > 0 && !hasNewer.value),
    staleTime: Infinity,
    gcTime: 0,
    queryFn: () => readBeginning(customer.value, filters.value),
  })
  watch(newest.data, (page) => {
    if (!page || busy.value === 'start' || hasNewer.value) return
    const last = (list: TimelinePage[]) => list.at(-1)?.entries.at(-1)?.occurred_at ?? ''
    const before = last(pages.value)
    pages.value = withNewest(pages.value, page) ?? [page]
    if (last(pages.value) > before) arrived.value++
  })

  const renew = (item: Item) => (pages.value = withItem(pages.value, item))
  async function readAgain(id: string): Promise<void> {
    const found = await good(api.GET('/api/v1/items/{id}', { params: { path: { id } } })).catch(
      () => null,
    )
    if (found) renew(found)
  }
  onScopeDispose(
    onLive((event) => {
      const id = (event.data as { item?: unknown }).item
      const shown = entries.value.some((it) => isItem(it) && it.id === id)
      if (typeof id === 'string' && shown) void readAgain(id)
    }),
  )

  return {
    entries,
    arrived,
    busy,
    failure,
    hasOlder,
    hasNewer,
    filtered: computed(() => isFiltered(filters.value)),
    start,
    older: () => go('older'),
    newer: () => go('newer'),
    renew,
    readAgain,
  }
}

function asAscending(answer: Parameters<typeof pageOf>[0]): TimelinePage {
  const { older, newer, entries } = pageOf(answer)
  return { entries: entries.toReversed(), older: newer, newer: older }
}
