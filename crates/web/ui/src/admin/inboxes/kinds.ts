/** What an inbox can be connected to: mail, telephones, the API, and the kinds of the registry. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { useLanguage } from '@/i18n'
import { adminKey } from '../kit/list'

export type ChannelType = Schemas['ChannelTypeOut']
export type ChannelField = Schemas['ChannelFieldOut']

export function useChannelTypes() {
  const query = useQuery({
    queryKey: adminKey('channel-types'),
    queryFn: () => good(api.GET('/api/v1/channels', {})),
    staleTime: Infinity,
  })
  return computed(() => query.data.value?.items ?? [])
}

/** The registry speaks English; what we have in the reader's language goes before it. */
export function useRegistryWords() {
  const { t, te } = useLanguage()
  const words = (key: string, own: string) => (te(key) ? t(key) : own)
  return {
    title: (type: ChannelType) => words(`admin.registry.${type.name}.title`, type.title),
    label: (type: ChannelType, field: ChannelField) =>
      words(`admin.registry.${type.name}.${field.name}.label`, field.label),
    help: (type: ChannelType, field: ChannelField) =>
      words(`admin.registry.${type.name}.${field.name}.help`, field.help),
  }
}

/** Whether an inbox of this channel is connected by a kind of the registry. */
export const byRegistry = (channel: Schemas['Channel']): boolean =>
  !['email', 'phone', 'api'].includes(channel)
