/** Views that agents keep, and the counts beside all views. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys } from '@/api/queries'
import { countViews, listViews, type ViewOut } from '@/api/views'

/** The server's names of views that everybody has, where they are not ours. */
const NAMES: Record<string, string> = { teams: 'my_teams' }

export const inOrder = (views: readonly ViewOut[]): ViewOut[] =>
  [...views].sort((a, b) => a.position - b.position || a.id.localeCompare(b.id))

export function useKeptViews() {
  const client = useQueryClient()
  const views = useQuery({
    queryKey: [keys.views],
    staleTime: 60_000,
    queryFn: listViews,
  })
  return {
    views: computed(() => inOrder(views.data.value ?? [])),
    settled: computed(() => views.isFetched.value || views.isError.value),
    refresh: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: [keys.views] }),
        client.invalidateQueries({ queryKey: [keys.counts] }),
      ]),
  }
}

export interface Count {
  count: number
  more: boolean
}

export function useCounts() {
  const counts = useQuery({
    queryKey: [keys.counts, 'views'],
    staleTime: 20_000,
    queryFn: countViews,
  })
  const known = computed(() => {
    const all = new Map<string, Count>()
    for (const { key, count, more } of counts.data.value?.built_in ?? [])
      if (count !== null) all.set(key, { count, more })
    for (const { id, count, more } of counts.data.value?.views ?? [])
      if (count !== null) all.set(id, { count, more })
    return all
  })
  return (view: string): Count | null => known.value.get(NAMES[view] ?? view) ?? null
}
