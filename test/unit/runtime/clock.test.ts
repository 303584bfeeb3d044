import { describe, expect, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { pause, systemClock } from '../../../src/runtime/clock.ts';
import { fakeClock } from './fake-clock.ts';

describe('a pause', () => {
  test('ends with its time and leaves nothing behind on the signal', async () => {
    const clock = fakeClock();
    const { signal } = new AbortController();
    const paused = pause(clock, 100, signal);
    clock.advance(100);
    await paused;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('ends early with the signal and leaves no timer behind', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const paused = pause(clock, 100, stop.signal);
    stop.abort();
    await paused;
    await pause(clock, 100, stop.signal);
    expect(clock.waits()).toEqual([]);
  });
});

describe('the system clock', () => {
  test('does not take a wait of months for no wait at all', async () => {
    let fired = false;
    const cancel = systemClock.after(2 ** 40, () => {
      fired = true;
    });
    await new Promise((resolve) => systemClock.after(5, () => resolve(undefined)));
    cancel();
    expect(fired).toBe(false);
  });

  test('goes forward', () => {
    expect(systemClock.now()).toBeLessThanOrEqual(systemClock.now());
  });
});
