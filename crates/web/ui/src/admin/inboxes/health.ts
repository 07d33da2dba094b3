/** How an inbox fares, in one word and why. */
import type { Schemas } from '@/api/client'

export interface Health {
  tone: 'green' | 'amber' | 'red' | 'gray'
  /** A key below `admin.inboxes.health`. */
  word: 'good' | 'late' | 'failing' | 'paused' | 'inactive' | 'unconnected' | 'unknown'
  why?: string
}

export const INACTIVE: Health = { tone: 'gray', word: 'inactive' }
export const UNCONNECTED: Health = { tone: 'amber', word: 'unconnected' }

export function mailHealth(
  settings: Schemas['MailSettingsOut'],
  status: Schemas['MailStatusOut'],
): Health {
  if (settings.paused) return { tone: 'amber', word: 'paused' }
  if (settings.secrets_trouble)
    return { tone: 'red', word: 'failing', why: settings.secrets_trouble }
  const failing = status.folders.find((it) => it.failing_since)
  if (failing) return { tone: 'red', word: 'failing', why: failing.last_error ?? undefined }
  return { tone: 'green', word: 'good' }
}

export function channelHealth(health: Schemas['ChannelHealthOut']): Health {
  if (!health.ok) return { tone: 'red', word: 'failing', why: health.trouble ?? undefined }
  if (health.lag_seconds > 300) return { tone: 'amber', word: 'late' }
  return { tone: 'green', word: 'good' }
}
