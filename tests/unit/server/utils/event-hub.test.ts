import { describe, expect, it } from 'vitest'
import { EventHub } from '../../../../server/utils/event-hub.ts'

describe('EventHub', () => {
  it('hands each value to every subscriber, in order, until they leave', () => {
    const hub = new EventHub<number>()
    const seen: string[] = []
    const leaveA = hub.subscribe(value => seen.push(`a${value}`))
    hub.subscribe(value => seen.push(`b${value}`))
    hub.publish(1)
    leaveA()
    leaveA()
    hub.publish(2)
    expect(seen).toEqual(['a1', 'b1', 'b2'])
    expect(hub.size).toBe(1)
  })

  it('takes a subscriber that leaves, or comes, while a value is handed out', () => {
    const hub = new EventHub<string>()
    const seen: string[] = []
    const leave = hub.subscribe(() => {
      seen.push('first')
      leave()
    })
    hub.subscribe(() => seen.push('second'))
    hub.publish('x')
    hub.publish('y')
    expect(seen).toEqual(['first', 'second', 'second'])
  })

  it('keeps two subscriptions of one function apart', () => {
    const hub = new EventHub<number>()
    let calls = 0
    const subscriber = () => calls++
    const leave = hub.subscribe(subscriber)
    hub.subscribe(subscriber)
    leave()
    hub.publish(1)
    expect(calls).toBe(1)
  })
})
