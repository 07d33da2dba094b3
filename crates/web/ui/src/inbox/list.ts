/**
 * The list that is shown: pages read on demand, kept for when the reader comes back to them, and
 * refreshed at its head when something happened. Only what was touched is read again, however far
 * the reader has gone: not every page for every event.
 */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { api, good } from '@/api/client'
import { live, onLive } from '@/api/live'
import { keys } from '@/api/queries'
import { parametersOf, type Filter } from './filter'
import { rowsOf, withHead, withPage, withRow, type KeptPage } from './pages'
import type { RowPage, TicketRow } from './rows'

const PAGE = 50
/** As much as one request can hold; a list up to this length is read again whole. */
const HEAD = 200
/** Between two refreshes: an import touches hundreds of tickets a second. */
const PAUSE = 1200

async function readPage(filter: Filter, cursor: string | null, limit: number): Promise<RowPage> {
  const query = { ...parametersOf(filter), limit, ...(cursor ? { cursor } : {}) }
  const page = await good(api.GET('/api/v1/tickets', { params: { query: query as never } }))
  return page as RowPage
}

/** `moved` is told of a refresh before it is shown, to keep the reader's place. */
export function useTicketList(
  filter: Ref<Filter | null>,
  moved: (before: TicketRow[], after: TicketRow[]) => void,
) {
  const cache = useQueryClient()
  const keyOf = (it: Filter) => ['ticket-list', JSON.stringify(parametersOf(it))]
  const pages = shallowRef<KeptPage[] | null>(null)
  const error = ref<unknown>(null)
  const moreError = ref<unknown>(null)
  const loadingMore = ref(false)
  const rows = computed(() => rowsOf(pages.value ?? []))
  const next = computed(() => pages.value?.at(-1)?.next_cursor ?? null)
  const touched = new Set<string>()
  let turn = 0

  function keep(fresh: KeptPage[]) {
    pages.value = fresh
    if (filter.value) cache.setQueryData(keyOf(filter.value), fresh)
  }

  async function start() {
    const mine = ++turn
    error.value = moreError.value = null
    loadingMore.value = false
    touched.clear()
    if (!filter.value) return (pages.value = null)
    pages.value = cache.getQueryData<KeptPage[]>(keyOf(filter.value)) ?? null
    if (pages.value) return refresh()
    try {
      const head = await readPage(filter.value, null, PAGE)
      if (mine === turn) keep([{ ...head, cursor: null }])
    } catch (failure) {
      if (mine === turn) error.value = failure
    }
  }

  async function more() {
    if (loadingMore.value || !next.value || !filter.value) return
    const mine = turn
    const cursor = next.value
    loadingMore.value = true
    moreError.value = null
    try {
      const page = await readPage(filter.value, cursor, PAGE)
      // The end may have become another one meanwhile; then the next scroll asks again.
      if (mine === turn && next.value === cursor)
        keep([...(pages.value ?? []), { ...page, cursor }])
    } catch (failure) {
      if (mine === turn) moreError.value = failure
    } finally {
      if (mine === turn) loadingMore.value = false
    }
  }

  let refreshing = false
  let again = false
  async function refresh() {
    if (refreshing) return (again = true)
    refreshing = true
    do {
      again = false
      await readAgain().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    } while (again)
    refreshing = false
  }

  async function readAgain() {
    if (!filter.value || !pages.value) return
    const mine = turn
    const length = Math.min(HEAD, Math.max(PAGE, rows.value.length))
    const ids = [...touched]
    touched.clear()
    const head = await readPage(filter.value, null, length)
    const inHead = new Set(head.items.map((row) => row.id))
    const deep = (pages.value ?? []).slice(1).filter((page) => {
      const about = (id: string) => ids.includes(id) && !inHead.has(id)
      return page.cursor && page.items.some((row) => about(row.id))
    })
    const read = await Promise.all(
      deep.slice(0, 4).map(async (page) => ({
        cursor: page.cursor as string,
        page: await readPage(
          filter.value as Filter,
          page.cursor,
          Math.min(HEAD, page.items.length + 20),
        ),
      })),
    )
    if (mine !== turn || !pages.value) return
    const before = rows.value
    let fresh = read.reduce((all, it) => withPage(all, it.cursor, it.page), pages.value)
    fresh = withHead(fresh, head)
    moved(before, rowsOf(fresh))
    keep(fresh)
  }

  // Whoever marks tickets as stale marks this as well; it costs no request, and says when.
  const beat = useQuery({
    queryKey: [keys.tickets, 'beat'],
    queryFn: () => performance.now(),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    // Without the stream nobody says that something happened: then it is looked for now and again.
    refetchInterval: computed(() => (live.connected ? false : 30_000)),
  })
  watch(beat.data, (_, before) => before !== undefined && void refresh())
  onScopeDispose(onLive((event) => event.ticket && touched.add(event.ticket)))
  onScopeDispose(() => turn++)
  watch(
    () => (filter.value ? keyOf(filter.value)[1] : null),
    () => void start(),
    { immediate: true },
  )

  return {
    rows,
    error,
    moreError,
    loadingMore,
    loading: computed(() => pages.value === null && error.value === null),
    more: computed(() => next.value !== null),
    loadMore: more,
    retry: start,
    /** Shows at once what the server will say soon. */
    foresee: (id: string, change: (row: TicketRow) => TicketRow) => {
      if (pages.value) keep(withRow(pages.value, id, change))
    },
  }
}
