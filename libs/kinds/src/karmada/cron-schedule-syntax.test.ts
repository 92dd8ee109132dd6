import { expect, it } from 'vitest';
import { cronScheduleComplaint } from './cron-schedule-syntax.ts';

it.each(['* * * * *', '0 9 * * MON-FRI', '*/15 0-6,22 1 jan,jun 0', '? ? 31 12 6', '@hourly', '@every 1h30m'])(
  'accepts %s',
  (schedule) => {
    expect(cronScheduleComplaint(schedule)).toBeUndefined();
  },
);

it.each([
  ['', 'must have 5 fields'],
  ['* * * * * *', 'found 6'],
  ['60 * * * *', 'minute: "60" must be'],
  ['* 24 * * *', 'hour'],
  ['* * 0 * *', 'day of month'],
  ['* * * 13 *', 'month'],
  ['* * * * 7', 'day of week'],
  ['5-1 * * * *', 'ends before it starts'],
  ['*/0 * * * *', 'step that is no positive number'],
  ['1-2-3 * * * *', 'must be *'],
  ['1/2/3 * * * *', 'step'],
  ['@never', 'unknown shortcut'],
  ['@every soon', 'unknown shortcut'],
])('refuses "%s"', (schedule, complaint) => {
  expect(cronScheduleComplaint(schedule)).toContain(complaint);
});
