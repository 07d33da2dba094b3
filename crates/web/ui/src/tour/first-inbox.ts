import type { Schemas } from '@/api/client'

/** The address of the inbox that the sample data came by. */
const SAMPLE = 'demo@throughline.example'

/** Whether no mail, chat or call of a real customer can arrive yet. Pushed tickets need no set-up. */
export const onlySample = (
  inboxes: readonly Pick<Schemas['InboxOut'], 'id' | 'address' | 'channel'>[],
  sample: string | null,
): boolean =>
  inboxes.every((it) => it.channel === 'api' || it.id === sample || it.address === SAMPLE)
