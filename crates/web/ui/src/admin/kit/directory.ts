/** Inboxes, teams and agents by their ids, whole: there are never so many. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, good } from '@/api/client'
import { adminKey, type PageOf } from './list'

export async function everything<T>(
  read: (cursor: string | undefined) => Promise<PageOf<T>>,
): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    all.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return all
}

const limit = 200

export function useInboxes() {
  const query = useQuery({
    queryKey: adminKey('all-inboxes'),
    queryFn: () =>
      everything((cursor) =>
        good(api.GET('/api/v1/inboxes', { params: { query: { cursor, limit } } })),
      ),
  })
  const inboxes = computed(() => query.data.value ?? [])
  return {
    inboxes,
    /** Nothing can be said of what there is not before this. */
    inboxesKnown: computed(() => query.data.value !== undefined),
    inboxOptions: computed(() => inboxes.value.map((it) => ({ value: it.id, label: it.name }))),
    inboxName: (id: string) => inboxes.value.find((it) => it.id === id)?.name ?? id,
  }
}

export function useTeams() {
  const query = useQuery({
    queryKey: adminKey('all-teams'),
    queryFn: () =>
      everything((cursor) =>
        good(api.GET('/api/v1/teams', { params: { query: { cursor, limit } } })),
      ),
  })
  const teams = computed(() => query.data.value ?? [])
  return {
    teams,
    teamOptions: computed(() => teams.value.map((it) => ({ value: it.id, label: it.name }))),
    teamName: (id: string) => teams.value.find((it) => it.id === id)?.name ?? id,
  }
}

export function useAgents() {
  const query = useQuery({
    queryKey: adminKey('all-agents'),
    queryFn: () =>
      everything((cursor) =>
        good(api.GET('/api/v1/agents', { params: { query: { cursor, limit } } })),
      ),
  })
  const agents = computed(() => query.data.value ?? [])
  return {
    agents,
    agentName: (id: string) => agents.value.find((it) => it.id === id)?.name,
  }
}
