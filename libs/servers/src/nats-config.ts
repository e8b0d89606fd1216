/** What the written nats-server configuration says. */
export interface NatsConfig {
  port: number;
  serverName: string;
  storeDir: string;
  /** HTTP monitoring port on 127.0.0.1; none when absent. */
  monitorPort?: number;
  /** Sync every write to disk before it is acked: a power cut then loses nothing acked. */
  syncAlways?: boolean;
  /** Bytes; the server's own default is 1 MiB. */
  maxPayload?: number;
}

/** The text of a configuration file for one server with JetStream that listens on 127.0.0.1 only. */
export function natsConfigText(config: NatsConfig): string {
  const { port, serverName, storeDir, monitorPort, syncAlways = false, maxPayload } = config;
  return [
    'host: 127.0.0.1',
    `port: ${port}`,
    `server_name: ${JSON.stringify(serverName)}`,
    ...(monitorPort === undefined ? [] : [`http: "127.0.0.1:${monitorPort}"`]),
    ...(maxPayload === undefined ? [] : [`max_payload: ${maxPayload}`]),
    'jetstream {',
    `  store_dir: ${JSON.stringify(storeDir)}`,
    ...(syncAlways ? ['  sync_interval: always'] : []),
    '}',
    '',
  ].join('\n');
}
