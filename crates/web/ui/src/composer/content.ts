/** What is being written, and how it is kept on this machine when the server cannot have it. */
import type { DraftIn, DraftKind, DraftOut } from '@/api/drafts'

export interface FileRef {
  id: string
  name: string
  size: number
}

export interface Content {
  body: string
  to: string[]
  cc: string[]
  mentions: string[]
  files: FileRef[]
  macro: string | null
}

export interface Kept {
  /** The number of the write; that of the server's draft when it has the same. */
  revision: number
  savedAt: string
  /** Whether the server has it. */
  synced: boolean
  content: Content
}

export const blank = (): Content => ({
  body: '',
  to: [],
  cc: [],
  mentions: [],
  files: [],
  macro: null,
})

export const isBlank = (it: Content): boolean => it.body.trim() === '' && it.files.length === 0

export const copy = (it: Content): Content => JSON.parse(JSON.stringify(it)) as Content

export const toServer = (it: Content, revision: number): DraftIn => ({
  revision,
  body: it.body,
  to: it.to,
  cc: it.cc,
  mentions: it.mentions,
  attachments: it.files.map((file) => file.id),
  macro: it.macro,
})

export const ofServer = (it: DraftOut): Kept => ({
  revision: it.revision,
  savedAt: it.updated_at,
  synced: true,
  content: {
    body: it.body,
    to: it.to,
    cc: it.cc,
    mentions: it.mentions,
    files: it.attachments.map(({ id, name, size }) => ({ id, name: name ?? '', size })),
    macro: it.macro,
  },
})

/**
 * Which of the two counts. What the server never had is not lost; what it had and has no more was
 * sent or thrown away elsewhere.
 */
export function newest(local: Kept | null, server: Kept | null): Kept | null {
  if (!local) return server
  if (!server) return local.synced ? null : local
  return local.revision > server.revision && !local.synced ? local : server
}

const keyOf = (agent: string, ticket: string, kind: DraftKind) =>
  `throughline.draft.${agent}.${ticket}.${kind}`

export function readKept(agent: string, ticket: string, kind: DraftKind): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(agent, ticket, kind)) ?? 'null') as Kept | null
  } catch {
    return null
  }
}

export function writeKept(agent: string, ticket: string, kind: DraftKind, it: Kept | null): void {
  const key = keyOf(agent, ticket, kind)
  try {
    if (it) localStorage.setItem(key, JSON.stringify(it))
    else localStorage.removeItem(key)
  } catch {
    // A full or forbidden store: the server's copy is then the only one.
  }
}
