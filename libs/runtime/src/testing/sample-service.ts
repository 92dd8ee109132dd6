/** A service that does nothing, as a process of its own. What it's told in SAMPLE_BEHAVIOUR it does wrong. */
import process from 'node:process';
import { oneOf, secret, text } from '../config/config-field.ts';
import { runService } from '../run-service.ts';

function fail(): never {
  throw new Error('something broke');
}

await runService(
  {
    name: 'sample',
    version: '0.1.0',
    schema: {
      greeting: text({ variable: 'SAMPLE_GREETING', help: 'What it says.' }),
      token: secret({ variable: 'SAMPLE_TOKEN', help: 'What it keeps to itself.', default: '' }),
      behaviour: oneOf(['good', 'no-start', 'crash', 'no-stop'], {
        variable: 'SAMPLE_BEHAVIOUR',
        help: 'What goes wrong.',
        default: 'good',
      }),
    },
    async start({ config, report, metrics, health }) {
      if (config.behaviour === 'no-start') throw new Error('the disk is missing');
      if (config.behaviour === 'crash') process.nextTick(fail);
      metrics.counter({ name: 'flotilla_sample_greetings_total', help: 'Greetings.' }).add({});
      health.addReadiness('sample', () => undefined);
      report({ level: 'info', message: 'sample started', fields: { greeting: config.greeting } });
      const waiting = setInterval(() => undefined, 60_000);
      return {
        stop() {
          clearInterval(waiting);
          return config.behaviour === 'no-stop'
            ? new Promise(() => setInterval(() => undefined, 60_000))
            : Promise.resolve();
        },
      };
    },
  },
  process,
);
