import { connect } from 'node:net';

/** Publishes as the simplest possible NATS client does: four lines of the protocol, no header. */
export async function publishPlain(natsUrl: string, subject: string, payload: string, reply = ''): Promise<void> {
  const { hostname, port } = new URL(natsUrl);
  const socket = connect(Number(port), hostname);
  const bytes = Buffer.byteLength(payload);
  socket.write(`CONNECT {"verbose":false}\r\nPUB ${subject} ${reply} ${bytes}\r\n${payload}\r\nPING\r\n`);
  await new Promise<void>((done, fail) => {
    socket.on('data', (data: Buffer) => data.includes('PONG') && done());
    socket.on('error', fail);
  });
  socket.destroy();
}
