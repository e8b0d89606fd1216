import { type Bus, type CaughtUp, followCaughtUp } from '@parley/bus';
import { Control } from '@parley/contracts';
import type { AgentLog } from './agent-log.ts';
import type { ControlView } from './control-view.ts';

/** Keeps a control view at the end of CONTROL: no work may begin while it is not. */
export type ControlFeed = CaughtUp;

/** Follows CONTROL into the view; the feed says when everything stored has been applied. */
export function followControl(bus: Bus, view: ControlView, onChange: () => void, log: AgentLog): Promise<ControlFeed> {
  function apply(message: { subject: string; payload: Uint8Array; sequence: number }): boolean {
    try {
      return view.apply(message.subject, message.sequence, Control.decode(message.payload));
    } catch (err) {
      log.error({ event: 'control.unreadable', subject: message.subject, sequence: message.sequence, err });
      return false;
    }
  }
  return followCaughtUp(
    bus,
    'CONTROL',
    Control.filter(),
    (messages) => {
      let changed = false;
      for (const message of messages) changed = apply(message) || changed;
      if (changed) onChange();
    },
    (err) => log.warn({ event: 'control.unread', err }),
  );
}
