/** The sections of the administration: who sees them, and where they come from. */
import {
  Activity,
  Ban,
  BookOpenCheck,
  Boxes,
  Building2,
  CalendarClock,
  FileUp,
  Hourglass,
  Inbox,
  KeyRound,
  ListChecks,
  Repeat,
  ScrollText,
  Sparkles,
  Tag,
  Users,
  UsersRound,
  Webhook,
} from '@lucide/vue'
import type { Component } from 'vue'

export interface Section {
  name: string
  group: 'channels' | 'people' | 'data' | 'links' | 'watch'
  right: 'lead' | 'admin'
  icon: Component
  load: () => Promise<{ default: Component }>
}

export const sections: Section[] = [
  {
    name: 'inboxes',
    group: 'channels',
    right: 'admin',
    icon: Inbox,
    load: () => import('./inboxes/InboxesSection.vue'),
  },
  {
    name: 'imports',
    group: 'channels',
    right: 'admin',
    icon: FileUp,
    load: () => import('./imports/ImportsSection.vue'),
  },
  {
    name: 'agents',
    group: 'people',
    right: 'admin',
    icon: Users,
    load: () => import('./people/AgentsSection.vue'),
  },
  {
    name: 'teams',
    group: 'people',
    right: 'admin',
    icon: UsersRound,
    load: () => import('./people/TeamsSection.vue'),
  },
  {
    name: 'organizations',
    group: 'data',
    right: 'lead',
    icon: Building2,
    load: () => import('./data/OrganizationsSection.vue'),
  },
  {
    name: 'tags',
    group: 'data',
    right: 'lead',
    icon: Tag,
    load: () => import('./data/TagsSection.vue'),
  },
  {
    name: 'fields',
    group: 'data',
    right: 'admin',
    icon: ListChecks,
    load: () => import('./data/FieldsSection.vue'),
  },
  {
    name: 'rules',
    group: 'data',
    right: 'lead',
    icon: BookOpenCheck,
    load: () => import('./data/RulesSection.vue'),
  },
  {
    name: 'event-types',
    group: 'data',
    right: 'admin',
    icon: CalendarClock,
    load: () => import('./data/EventTypesSection.vue'),
  },
  {
    name: 'keys',
    group: 'links',
    right: 'admin',
    icon: KeyRound,
    load: () => import('./links/KeysSection.vue'),
  },
  {
    name: 'webhooks',
    group: 'links',
    right: 'admin',
    icon: Webhook,
    load: () => import('./links/WebhooksSection.vue'),
  },
  {
    name: 'ledger',
    group: 'watch',
    right: 'lead',
    icon: Boxes,
    load: () => import('./watch/LedgerSection.vue'),
  },
  {
    name: 'waiting',
    group: 'watch',
    right: 'lead',
    icon: Hourglass,
    load: () => import('./watch/WaitingSection.vue'),
  },
  {
    name: 'jobs',
    group: 'watch',
    right: 'admin',
    icon: Activity,
    load: () => import('./watch/JobsSection.vue'),
  },
  {
    name: 'repeats',
    group: 'watch',
    right: 'lead',
    icon: Repeat,
    load: () => import('./watch/RepeatsSection.vue'),
  },
  {
    name: 'erasures',
    group: 'watch',
    right: 'admin',
    icon: Ban,
    load: () => import('./watch/ErasuresSection.vue'),
  },
  {
    name: 'audit',
    group: 'watch',
    right: 'admin',
    icon: ScrollText,
    load: () => import('./watch/AuditSection.vue'),
  },
  {
    name: 'demo',
    group: 'watch',
    right: 'admin',
    icon: Sparkles,
    load: () => import('./watch/DemoSection.vue'),
  },
]
export const GROUPS = ['channels', 'people', 'data', 'links', 'watch'] as const
