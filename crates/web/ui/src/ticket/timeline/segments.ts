/** A text in parts: what is read, and what is folded away (quotes, signatures). */
import type { Schemas } from '@/api/client'

export interface Segment {
  text: string
  fold: 'quote' | 'signature' | null
}

/** Spans count code points; the strings of this language count halves of some of them. */
export function segmentsOf(body: string, spans: Schemas['SpanOut'][]): Segment[] {
  if (spans.length === 0) return body.trim() ? [{ text: body.trimEnd(), fold: null }] : []
  const points = [...body]
  const found: Segment[] = []
  const add = (start: number, end: number, fold: Segment['fold']) => {
    const text = points
      .slice(start, end)
      .join('')
      .replace(/^\s*\n|\s+$/g, '')
    const last = found.at(-1)
    if (!text) return
    if (last && last.fold && fold) last.text += `\n\n${text}`
    else found.push({ text, fold })
  }
  let at = 0
  for (const span of spans) {
    if (span.start < at) continue
    add(at, span.start, null)
    add(span.start, span.end, span.kind === 'signature' ? 'signature' : 'quote')
    at = span.end
  }
  add(at, points.length, null)
  // A message that is nothing but a quote is shown, not hidden.
  return found.some((it) => it.fold === null) ? found : found.map((it) => ({ ...it, fold: null }))
}
