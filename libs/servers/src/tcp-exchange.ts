import { connect } from 'node:net';

/** Connects, sends `request` if there is one, and returns the received text as soon as `complete` accepts it. */
export async function tcpExchange(
  { host, port, request, timeoutMs }: { host: string; port: number; request?: string; timeoutMs: number },
  complete: (received: string) => boolean,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let received = '';
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => fail(new Error(`${host}:${port} did not answer within ${timeoutMs} ms`)));
    socket.on('connect', () => request !== undefined && socket.write(request));
    socket.on('error', fail);
    socket.on('close', () => reject(new Error(`${host}:${port} closed the connection`)));
    socket.on('data', (text: string) => {
      received += text;
      if (!complete(received)) return;
      socket.destroy();
      resolve(received);
    });
  });
}
