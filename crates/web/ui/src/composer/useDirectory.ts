/** Lists that change rarely and that the composer and the customer panel read from. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, good } from '@/api/client'
import { keys } from '@/api/queries'
import { listMacros } from '@/api/macros'

type Page<T> = { items: T[]; next_cursor?: string | null }

async function all<T>(read: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    found.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor && found.length < 2000)
  return found
}

const HOUR = 3_600_000
const list = <T>(name: string, queryFn: () => Promise<T[]>) =>
  useQuery({ queryKey: [keys.directory, 'all', name], queryFn, staleTime: HOUR })
const page = (cursor?: string) => ({ params: { query: { limit: 200, cursor } } })

export const useAgents = () =>
  list('agents', () => all((cursor) => good(api.GET('/api/v1/agents', page(cursor)))))

export const useTeams = () =>
  list('teams', () => all((cursor) => good(api.GET('/api/v1/teams', page(cursor)))))

export const useInboxes = () =>
  list('inboxes', () => all((cursor) => good(api.GET('/api/v1/inboxes', page(cursor)))))

export const useChannelTypes = () =>
  list('channels', async () => (await good(api.GET('/api/v1/channels'))).items)

export const useStatuses = () =>
  list('statuses', async () => (await good(api.GET('/api/v1/statuses'))).items)

export const useOrganizations = () =>
  list('organizations', () => all((cursor) => good(api.GET('/api/v1/organizations', page(cursor)))))

export const useCustomFields = () =>
  list('custom-fields', async () => (await good(api.GET('/api/v1/custom-fields'))).items)

export function useMacros() {
  const query = useQuery({
    queryKey: [keys.directory, 'all', 'macros'],
    staleTime: 5 * 60_000,
    queryFn: listMacros,
  })
  return { ...query, macros: computed(() => query.data.value ?? []) }
}

/** The names of agents by their ids. */
export function useAgentNames() {
  const { data } = useAgents()
  const names = computed(() => new Map(data.value?.map((it) => [it.id as string, it.name])))
  return (id: string | null | undefined) => (id ? (names.value.get(id) ?? null) : null)
}
