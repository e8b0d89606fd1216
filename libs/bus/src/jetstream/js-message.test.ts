import { expect, test } from 'vitest';
import { parseReply } from './js-message.ts';

const expected = { stream: 'WORK', deliveries: 2, sequence: 120, position: 9, at: 1_700_000_000_123, pending: 4 };

test('the reply subject of a delivery is understood with and without a domain', () => {
  expect(parseReply('$JS.ACK.WORK.agent.2.120.9.1700000000123456789.4')).toEqual(expected);
  expect(parseReply('$JS.ACK.hub.ACCHASH.WORK.agent.2.120.9.1700000000123456789.4.rnd')).toEqual(expected);
});
