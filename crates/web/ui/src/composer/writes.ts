/**
 * Writes of one draft, one after the other, so that a removal never overtakes a save. Of what waits,
 * only the last counts. Each has a higher number than the one before, also than those of other tabs.
 */
import { ApiProblem, Unreachable } from '@/api/problem'
import type { Content } from './content'

export type Write = { what: 'put'; content: Content } | { what: 'remove' }

export interface Transport {
  put(content: Content, revision: number, keepalive: boolean): Promise<unknown>
  remove(revision: number, keepalive: boolean): Promise<unknown>
}

export type WriteState = 'idle' | 'saving' | 'saved' | 'local'

export class Writes {
  revision = 0
  private waiting: Write | null = null
  private running: Promise<void> | null = null
  private again: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly transport: Transport,
    private readonly tell: (state: WriteState, revision: number) => void,
    private readonly pause = 10_000,
  ) {}

  /** The next number: the time, so that tabs and machines fit together, and always a higher one. */
  next(): number {
    this.revision = Math.max(Date.now(), this.revision + 1)
    return this.revision
  }

  ask(write: Write): void {
    this.waiting = write
    void this.go()
  }

  /** At once and beside what runs: the page is being left. The numbers keep the order. */
  flush(write: Write): void {
    this.waiting = null
    clearTimeout(this.again)
    void this.sent(write, true).catch(() => undefined)
  }

  /** Waits until nothing runs. */
  async settled(): Promise<void> {
    while (this.running) await this.running
  }

  /** What waits is not wanted any more. */
  forget(): void {
    this.waiting = null
    clearTimeout(this.again)
  }

  private go(): Promise<void> {
    this.running ??= this.work().finally(() => (this.running = null))
    return this.running
  }

  private async work(): Promise<void> {
    clearTimeout(this.again)
    while (this.waiting) {
      const write = this.waiting
      this.waiting = null
      this.tell('saving', this.revision)
      try {
        await this.sent(write, false)
        this.tell(write.what === 'put' ? 'saved' : 'idle', this.revision)
      } catch (error) {
        this.refused(write, error)
        return
      }
    }
  }

  private sent(write: Write, keepalive: boolean): Promise<unknown> {
    const revision = this.next()
    return write.what === 'put'
      ? this.transport.put(write.content, revision, keepalive)
      : this.transport.remove(revision, keepalive)
  }

  private refused(write: Write, error: unknown): void {
    this.tell('local', this.revision)
    if (error instanceof ApiProblem && error.code === 'draft_outdated') {
      const known = Number((error.problem.details as { revision?: number } | null)?.revision)
      this.revision = Math.max(this.revision, Number.isFinite(known) ? known : Date.now())
    } else if (
      !(error instanceof Unreachable) &&
      !(error instanceof ApiProblem && error.status >= 500)
    )
      return
    this.waiting ??= write
    this.again = setTimeout(() => void this.go(), this.pause)
  }
}
