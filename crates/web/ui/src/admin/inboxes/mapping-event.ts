/** An event as a mapping reads it, in the parts that people ask for. */
import type { Schemas } from '@/api/client'

interface Content {
  text?: string
  html?: string
  files?: { name?: string; at?: Record<string, string> }[]
}
interface Event {
  occurred_at?: string
  provider_kind?: string
  direction?: string
  who?: { role?: string; name?: string; language?: string; hints?: Hint[] }
  conversation?: { key?: string; answers?: string; subject?: string; url?: string }
  what?: Record<string, { content?: Content; of?: string; object?: string; why?: string }>
  extra?: Record<string, unknown>
}
interface Hint {
  key?: { kind?: string; scope?: string }
  display?: string
}

export const HAPPENED = ['message', 'edit', 'deletion', 'nothing', 'unknown'] as const
export type Happened = (typeof HAPPENED)[number]

export interface EventShown {
  happened: Happened
  /** The message that it is, or that it is about. */
  id: string | null
  /** Why it is not shown. */
  why: string | null
  text: string
  html: boolean
  files: string[]
  who: { role: string; name: string | null; language: string | null; known: string[] }
  direction: string
  conversation: string | null
  answers: string | null
  subject: string | null
  url: string | null
  occurredAt: string | null
  type: string
  rest: string | null
}

export function eventShown(raw: unknown): EventShown {
  const it = raw as Event
  const [named, what] = Object.entries(it.what ?? {})[0] ?? ['unknown', {}]
  const content = what.content ?? {}
  const rest = Object.keys(it.extra ?? {}).length ? JSON.stringify(it.extra, null, 2) : null
  return {
    happened: HAPPENED.find((known) => known === named) ?? 'unknown',
    id: what.of ?? what.object ?? null,
    why: what.why ?? null,
    text: content.text ?? '',
    html: Boolean(content.html),
    files: (content.files ?? []).map((file) => file.name ?? Object.values(file.at ?? {})[0] ?? ''),
    who: {
      role: it.who?.role ?? 'customer',
      name: it.who?.name ?? null,
      language: it.who?.language ?? null,
      known: (it.who?.hints ?? []).map((hint) =>
        [hint.key?.scope, hint.display].filter(Boolean).join(': '),
      ),
    },
    direction: it.direction ?? 'inbound',
    conversation: it.conversation?.key ?? null,
    answers: it.conversation?.answers ?? null,
    subject: it.conversation?.subject ?? null,
    url: it.conversation?.url ?? null,
    occurredAt: it.occurred_at ?? null,
    type: it.provider_kind ?? '',
    rest,
  }
}

type Finding = Schemas['MappingFindingOut']
/** What the fields of one event found: what is wrong first, then what is there, then what is not. */
export function findingsOf(all: readonly Finding[], event: number): Finding[] {
  const rank = { unusable: 0, found: 1, missing: 2 } as Record<string, number>
  return all
    .filter((it) => it.event === event)
    .sort((a, b) => (rank[a.outcome] ?? 3) - (rank[b.outcome] ?? 3))
}
