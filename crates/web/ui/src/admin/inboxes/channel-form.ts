/** A form that is built from the registry, and the request that is made of it. */
import type { Schemas } from '@/api/client'
import type { ChannelType } from './kinds'

export interface ChannelForm {
  kind: string
  values: Record<string, string>
  /** How many secrets are held, by name. */
  held: Record<string, number>
}

export function channelForm(
  type: ChannelType,
  account?: Schemas['ChannelAccountOut'] | null,
): ChannelForm {
  const settings = (account?.settings ?? {}) as Record<string, unknown>
  const values: Record<string, string> = {}
  for (const field of type.fields) {
    const given = field.kind === 'secret' ? undefined : settings[field.name]
    values[field.name] =
      given === undefined || given === null
        ? field.kind === 'choice' && field.required
          ? (field.options[0] ?? '')
          : ''
        : typeof given === 'string'
          ? given
          : JSON.stringify(given, null, 2)
  }
  return { kind: type.name, values, held: { ...(account?.secrets ?? {}) } }
}

/** Throws a SyntaxError with the name of the field that holds no JSON. */
export function channelRequest(type: ChannelType, form: ChannelForm): Schemas['ChannelAccountIn'] {
  const settings: Record<string, unknown> = {}
  const secrets: Record<string, string[]> = {}
  for (const field of type.fields) {
    const value = (form.values[field.name] ?? '').trim()
    if (!value) continue
    if (field.kind === 'secret') secrets[field.name] = [value]
    else if (field.kind === 'json') settings[field.name] = parsed(field.name, value)
    else settings[field.name] = value
  }
  return { kind: type.name, settings: settings as never, secrets }
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new SyntaxError(name)
  }
}
