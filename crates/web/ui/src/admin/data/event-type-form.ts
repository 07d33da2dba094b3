/** The form of a type of events, and the definition that is made of it. */
import type { Schemas } from '@/api/client'

export const ITEM_KINDS = [
  'event',
  'order',
  'page_view',
  'call',
  'survey_response',
  'review',
  'social_mention',
] as const
export const CHANNELS = [
  'event',
  'api',
  'phone',
  'survey',
  'review',
  'social',
  'chat',
  'email',
] as const
export const ICONS = [
  'bell',
  'box',
  'calendar',
  'cart',
  'chat',
  'check',
  'card',
  'cross',
  'file',
  'flag',
  'globe',
  'key',
  'page',
  'phone',
  'star',
  'truck',
  'user',
  'warning',
] as const
export const FORMATS = ['text', 'amount', 'date', 'link'] as const

export interface FieldForm {
  label: string
  path: string
  format: Schemas['FieldFormat']
  fact: string
}
export interface EventTypeForm {
  name: string
  kind: string
  channel: string
  icon: string
  title: string
  body: string
  fields: FieldForm[]
  schema: string
  makes_customers: boolean
}

export const emptyForm = (): EventTypeForm => ({
  name: '',
  kind: 'event',
  channel: 'event',
  icon: 'bell',
  title: '',
  body: '',
  fields: [],
  schema: '',
  makes_customers: false,
})

export const formOf = (type: Schemas['EventTypeOut']): EventTypeForm => ({
  name: type.name,
  kind: type.kind,
  channel: type.channel,
  icon: type.icon ?? '',
  title: type.title ?? '',
  body: type.body ?? '',
  fields: type.fields.map((it) => ({ ...it, fact: it.fact ?? '' })),
  schema: type.schema ? JSON.stringify(type.schema, null, 2) : '',
  makes_customers: type.makes_customers,
})

/** Throws a SyntaxError when the schema is no JSON. */
export function definitionOf(form: EventTypeForm): Schemas['EventTypeIn'] {
  return {
    name: form.name,
    kind: form.kind as Schemas['ItemKind'],
    channel: form.channel as Schemas['Channel'],
    icon: (form.icon || null) as Schemas['Icon'] | null,
    title: form.title || null,
    body: form.body || null,
    fields: form.fields.map((it) => ({ ...it, fact: it.fact || null })),
    schema: form.schema.trim() ? (JSON.parse(form.schema) as Record<string, never>) : null,
    makes_customers: form.makes_customers,
  }
}
