import type { Intent } from '@flotilla/member/intent';

/** The intent, as long as `owns` says that it is ours to act on: asked last thing before a member is written to. Somebody else deals with the object from then on. */
export function fenced(intent: Intent, owns: () => boolean): Intent {
  switch (intent.kind) {
    case 'apply':
      return {
        ...intent,
        render: () => (owns() ? intent.render() : { kind: 'failed', message: 'another replica looks after this' }),
      };
    case 'remove':
      return { ...intent, isOurs: (observed) => owns() && intent.isOurs(observed) };
    case 'hold':
      return intent;
  }
}
