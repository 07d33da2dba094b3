/** The form of how an inbox fetches and sends mail, and the request that is made of it. */
import type { Schemas } from '@/api/client'

export interface ServerForm {
  on: boolean
  host: string
  port: number
  security: Schemas['MailSecurity']
  sign_in: Schemas['SignIn']
  user: string
  password: string
  grant: {
    client_id: string
    client_secret: string
    refresh_token: string
    token_url: string
    scope: string
  }
  hasPassword: boolean
  hasGrant: boolean
}
export interface MailForm {
  incoming: ServerForm & {
    folders: string
    after: Schemas['AfterRecording']
    move_to: string
    poll_seconds: number
  }
  outgoing: ServerForm & { per_hour: number; burst: number }
  from_name: string
  signature: string
  acknowledgement: string
  plus_addressing: boolean
  subject_number: boolean
  quote: boolean
  third_party: Schemas['ThirdParty']
  continue_after_days: number
  undo_seconds: number
  trusted_servers: string
  paused: boolean
}

const server = (port: number): ServerForm => ({
  on: true,
  host: '',
  port,
  security: 'tls',
  sign_in: 'password',
  user: '',
  password: '',
  grant: { client_id: '', client_secret: '', refresh_token: '', token_url: '', scope: '' },
  hasPassword: false,
  hasGrant: false,
})

export const emptyMail = (address = ''): MailForm => ({
  incoming: {
    ...server(993),
    user: address,
    folders: 'INBOX',
    after: 'leave',
    move_to: '',
    poll_seconds: 60,
  },
  outgoing: { ...server(465), user: address, per_hour: 600, burst: 50 },
  from_name: '',
  signature: '',
  acknowledgement: '',
  plus_addressing: false,
  subject_number: true,
  quote: true,
  third_party: 'attach',
  continue_after_days: 30,
  undo_seconds: 10,
  trusted_servers: '',
  paused: false,
})

export function mailFormOf(it: Schemas['MailSettingsOut']): MailForm {
  const empty = emptyMail()
  const known = (of: Schemas['IncomingMailOut'] | Schemas['OutgoingMailOut']) => ({
    on: true,
    host: of.host,
    port: of.port,
    security: of.security,
    sign_in: of.sign_in,
    user: of.user,
    hasPassword: of.has_password,
    hasGrant: of.has_grant,
  })
  return {
    incoming: it.incoming
      ? {
          ...empty.incoming,
          ...known(it.incoming),
          folders: it.incoming.folders.join('\n'),
          after: it.incoming.after,
          move_to: it.incoming.move_to ?? '',
          poll_seconds: it.incoming.poll_seconds,
        }
      : { ...empty.incoming, on: false },
    outgoing: it.outgoing
      ? {
          ...empty.outgoing,
          ...known(it.outgoing),
          per_hour: it.outgoing.per_hour,
          burst: it.outgoing.burst,
        }
      : { ...empty.outgoing, on: false },
    from_name: it.from_name ?? '',
    signature: it.signature ?? '',
    acknowledgement: it.acknowledgement ?? '',
    plus_addressing: it.plus_addressing,
    subject_number: it.subject_number,
    quote: it.quote,
    third_party: it.third_party,
    continue_after_days: it.continue_after_days,
    undo_seconds: it.undo_seconds,
    trusted_servers: it.trusted_servers.join('\n'),
    paused: it.paused,
  }
}

/** A secret is only sent when it was given anew: what is left out stays as it is. */
function requestOf(it: ServerForm) {
  const { client_id, client_secret, refresh_token, token_url, scope } = it.grant
  return {
    host: it.host.trim(),
    port: Number(it.port),
    security: it.security,
    sign_in: it.sign_in,
    ...(it.sign_in === 'none' ? {} : { user: it.user.trim() }),
    ...(it.sign_in === 'password' && it.password ? { password: it.password } : {}),
    ...(it.sign_in === 'oauth2' && refresh_token
      ? {
          grant: {
            client_id,
            client_secret: client_secret || null,
            refresh_token,
            token_url,
            scope: scope || null,
          },
        }
      : {}),
  }
}

const list = (text: string) =>
  text
    .split(/[\n,]/)
    .map((it) => it.trim())
    .filter(Boolean)

export function mailRequest(form: MailForm): Schemas['MailSettingsIn'] {
  const { incoming, outgoing } = form
  return {
    incoming: incoming.on
      ? {
          ...requestOf(incoming),
          folders: list(incoming.folders),
          after: incoming.after,
          move_to: incoming.after === 'move' ? incoming.move_to : null,
          poll_seconds: Number(incoming.poll_seconds),
        }
      : null,
    outgoing: outgoing.on
      ? {
          ...requestOf(outgoing),
          per_hour: Number(outgoing.per_hour),
          burst: Number(outgoing.burst),
        }
      : null,
    from_name: form.from_name || null,
    signature: form.signature || null,
    acknowledgement: form.acknowledgement || null,
    plus_addressing: form.plus_addressing,
    subject_number: form.subject_number,
    quote: form.quote,
    third_party: form.third_party,
    continue_after_days: Number(form.continue_after_days),
    undo_seconds: Number(form.undo_seconds),
    trusted_servers: list(form.trusted_servers),
    paused: form.paused,
  }
}

/** Takes over what is known about a provider; the password stays to be given. */
export function applySuggestion(form: MailForm, it: Schemas['MailServersOut']): void {
  for (const [at, known] of [
    [form.incoming, it.incoming],
    [form.outgoing, it.outgoing],
  ] as const)
    Object.assign(at, { ...known, on: true })
  form.plus_addressing = it.plus_addressing
}
