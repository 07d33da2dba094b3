/** How inboxes are connected, with the tag of the version that was read. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, good } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import type { Schemas } from '@/api/client'
import { adminKey } from '../kit/list'
import { byRegistry } from './kinds'
import { INACTIVE, UNCONNECTED, channelHealth, mailHealth, type Health } from './health'

/** What there is not is no failure here: the inbox is not connected yet. */
export async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return null
    throw error
  }
}

const at = (id: string) => ({ params: { path: { id } } })

export const readMail = (id: string) => orNull(good(api.GET('/api/v1/inboxes/{id}/email', at(id))))

export interface Account {
  account: Schemas['ChannelAccountOut']
  tag: string
}

export function readAccount(id: string): Promise<Account | null> {
  return orNull(
    (async () => {
      const asked = api.GET('/api/v1/inboxes/{id}/channel', at(id))
      const account = await good(asked)
      return { account, tag: (await asked).response.headers.get('etag') ?? '' }
    })(),
  )
}

export async function readHealth(inbox: Schemas['InboxOut']): Promise<Health | null> {
  if (!inbox.active) return INACTIVE
  if (inbox.channel === 'email') {
    const settings = await readMail(inbox.id)
    if (!settings) return UNCONNECTED
    const status = await good(api.GET('/api/v1/inboxes/{id}/email/status', at(inbox.id)))
    return mailHealth(settings, status)
  }
  if (!byRegistry(inbox.channel)) return null
  const health = await orNull(good(api.GET('/api/v1/inboxes/{id}/channel/health', at(inbox.id))))
  return health ? channelHealth(health) : UNCONNECTED
}

export const useHealth = (inbox: Ref<Schemas['InboxOut'] | undefined>) =>
  useQuery({
    queryKey: computed(() => adminKey('health', inbox.value?.id, inbox.value?.version)),
    enabled: computed(() => inbox.value !== undefined),
    queryFn: () => readHealth(inbox.value as Schemas['InboxOut']),
    refetchInterval: 60_000,
  })
